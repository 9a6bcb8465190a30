"""The Handlebars of Dotprompt's own Python runtime, and where it and ours are known to differ.

A difference counts as explained where taking its cause out of the template makes it go away. Each
cause has a section of the same name in `docs/differences.md`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dotpromptz_handlebars import EscapeFunction, Handlebars

from templates import Sample
from tunesmith.prompt.nodes import Block, walk
from tunesmith.prompt.output import Part, Section, Segment
from tunesmith.prompt.parse import parse, parse_partial
from tunesmith.prompt.render import RenderError, render
from tunesmith.prompt.values import as_text, is_same

Turns = list[tuple[str, list[str]]]
"""Role and parts of each message; media and sections as Dotprompt marks them."""
_TURN = re.compile(r"<<<dotprompt:(?:role:([a-z]+)|history)>>>")
_PART = re.compile(r"(<<<dotprompt:(?:media:url|section).*?>>>)", re.DOTALL)


def ours(sample: Sample) -> Turns | None:
    """What we render; None for a refusal."""
    try:
        rendered = render(parse(sample.template), sample.values, partials=sample.partials)
    except RenderError:
        return None
    turns = [(message.role, _parts(message.parts)) for message in rendered.messages]
    target = rendered.target
    return turns if target is None else [*turns, ("model", _text_only(_parts(target)))]


def _text_only(parts: list[str]) -> list[str]:
    """A final model turn is text to us, whatever else stands in it."""
    return ["".join(part for part in parts if not _PART.fullmatch(part))]


def _parts(parts: Iterable[Part]) -> list[str]:
    text = ""
    for part in parts:
        if isinstance(part, Segment):
            text += part.text
        elif isinstance(part, Section):
            text += f"<<<dotprompt:section {part.purpose}>>>"
        else:
            text += f"<<<dotprompt:media:url {part.url}>>>"
    return [piece for piece in _PART.split(text) if piece.strip()]


def theirs(sample: Sample) -> Turns | None:
    """What the peer renders, cut into turns as Dotprompt does; None for a refusal."""
    engine = Handlebars(escape_fn=EscapeFunction.NO_ESCAPE)
    for name, helper in _HELPERS.items():
        engine.register_helper(name, helper)
    for name, text in sample.partials.items():
        engine.register_partial(name, text)
    try:
        text = engine.compile(sample.template)(sample.values)
    except (ValueError, TypeError):
        return None
    turns = list(_turns(text))
    if turns and turns[-1][0] == "model":
        turns[-1] = ("model", _text_only(turns[-1][1]))
    return turns


def _turns(text: str) -> Iterator[tuple[str, list[str]]]:
    role, start = "user", 0
    for mark in (*_TURN.finditer(text), None):
        source = text[start : mark.start() if mark else len(text)]
        if source.strip():
            yield role, [piece for piece in _PART.split(source) if piece.strip()]
        if mark:
            role, start = mark[1] or "model", mark.end()


def _json(values: list[Any], options: Any) -> str:
    indent = options.hash.get("indent")
    separators = (",", ": ") if indent else (",", ":")
    whole = _whole(values[0])
    return json.dumps(whole, ensure_ascii=False, indent=indent, separators=separators)


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _equals(values: list[Any], options: Any) -> str:
    return options.fn() if is_same(*values) else options.inverse()


def _differs(values: list[Any], options: Any) -> str:
    return options.inverse() if is_same(*values) else options.fn()


_HELPERS: dict[str, Any] = {
    "json": _json,
    "role": lambda values, _: f"<<<dotprompt:role:{values[0]}>>>",
    "history": lambda _, __: "<<<dotprompt:history>>>",
    "section": lambda values, _: f"<<<dotprompt:section {values[0]}>>>",
    "media": lambda _, options: f"<<<dotprompt:media:url {as_text(options.hash['url'])}>>>",
    "ifEquals": _equals,
    "unlessEquals": _differs,
    "log": lambda _, __: "",
}


@dataclass(frozen=True)
class Cause:
    """A reason for which the two differ."""

    name: str
    without: Callable[[str], str]
    """The template without it."""


def _without_lookup(text: str) -> str:
    before = ""
    while before != text:
        before, text = text, re.sub(r"\(lookup [^()]*\)", "gone", text)
    return re.sub(r"lookup [^(){}~]*", "gone ", text)


CAUSES = (
    Cause("caret-else", lambda text: text.replace("{{^}}", "{{else}}")),
    Cause("length", lambda text: text.replace("xs.length", "gone")),
    Cause("null-and-missing", lambda text: re.sub(r"\b(null|nil)\b", "gone", text)),
    Cause("lookup", _without_lookup),
    Cause("empty-partial-block", lambda text: re.sub(r"({{~?#>[^}]*}})", r"\1{{gone}}", text)),
    Cause("partial-block-context", lambda text: re.sub(r"(#>\w+) (?:user|a=b)", r"\1", text)),
    Cause("partial-block-outer", lambda text: text.replace("../", "")),
    Cause("same-this", lambda text: re.sub(r"with (?:this|\.)(?=[ ~}])", "with user", text)),
    Cause("missing-in-json", lambda text: re.sub(r"json (?:this|\.)(?=[ ~}])", "json n", text)),
    Cause("tilde", lambda text: text.replace("~", "")),
    Cause("blank-line-end", lambda text: re.sub(r"[ \t]+(?={{)", "", text)),
)


def agree(sample: Sample) -> bool:
    """Whether the two render the same, or both refuse."""
    return ours(sample) == theirs(sample)


def explain(sample: Sample) -> str | None:
    """The cause of a difference; None where none is known."""
    for cause in CAUSES:
        if agree(_changed(sample, cause.without)):
            return cause.name
    for cause in CAUSES:
        sample = _changed(sample, cause.without)
    if agree(sample):
        return "several"
    return _of_lines(sample) if _squeezed(ours(sample)) == _squeezed(theirs(sample)) else None


def _of_lines(sample: Sample) -> str | None:
    """Which blocks are known to take other line ends with them, if the sample has one."""
    texts = (sample.template, *sample.partials.values())
    blocks = [
        node for text in texts for node in walk(parse_partial(text)) if isinstance(node, Block)
    ]
    if any(block.form == "inverse" and block.branches for block in blocks):
        return "inverse-with-else"
    is_chain = any(block.branches and block.branches[0].call for block in blocks)
    return "else-if-lines" if is_chain else None


def _squeezed(turns: Turns | None) -> list[tuple[str, str]]:
    return [(role, "".join("".join(parts).split())) for role, parts in turns or []]


def _changed(sample: Sample, change: Callable[[str], str]) -> Sample:
    partials = {name: change(text) for name, text in sample.partials.items()}
    return replace(sample, template=change(sample.template), partials=partials)
