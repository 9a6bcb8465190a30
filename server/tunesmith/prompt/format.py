"""Blanks where they mean nothing, all written alike: inside tags, and in the YAML head.

Text between tags is what a model reads, so none of it is ever touched.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from tunesmith.prompt.calls import Token, tokens_of
from tunesmith.prompt.files import LoadedPrompt, is_partial
from tunesmith.prompt.model import Frontmatter, Prompt, Yaml
from tunesmith.prompt.output import Part, Rendered, RenderError, Segment
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import render
from tunesmith.prompt.samples import sample_values
from tunesmith.prompt.scan import scan
from tunesmith.prompt.shape import shape_of
from tunesmith.prompt.text import Span

_TAG = re.compile(
    r"(?P<head>\{\{\{\{/?|\{\{~?(?:\{|#>|[#^/>&])?)(?P<words>.*?)(?P<tail>\}\}\}\}|\}?~?\}\})",
    re.DOTALL,
)
_TRAILING = re.compile(r"[ \t]+(?=\r?$)", re.MULTILINE)
_NOWHERE = Span(0, 0)
_COLON = re.compile(r":[ \t]{2,}")


class FormatError(ValueError):
    """A prompt that cannot be formatted without a change of what it says; tells why."""


def format_prompt(loaded: LoadedPrompt, rows: Iterable[Mapping[str, object]] = ()) -> str:
    """The prompt's text with its blanks in order.

    Every row of `rows`, and made-up ones for every branch, render to the same messages as before.
    Raises FormatError for a prompt that is broken, and where that would not be so.
    """
    prompt = loaded.prompt
    for problem in prompt.problems:
        line, _ = prompt.lines.position(problem.span.start)
        raise FormatError(f"line {line + 1}: {problem.message}")
    text = _formatted(prompt)
    if text == prompt.text:
        return text
    after = parse(text, is_partial=is_partial(loaded.path))
    if after.problems or shape_of(after) != shape_of(prompt):
        raise FormatError("formatting would change what the prompt says, so it is left as it is")
    for values in (*rows, *sample_values(prompt, loaded.partials)):
        before = _rendered(prompt, values, loaded.partials)
        if _rendered(after, values, loaded.partials) != before:
            raise FormatError("formatting would change a rendered row, so it is left as it is")
    return text


def _formatted(prompt: Prompt) -> str:
    text, frontmatter = prompt.text, prompt.frontmatter
    if frontmatter:
        head = _format_head(text, frontmatter)
        between = _TRAILING.sub("", text[frontmatter.span.end : prompt.body.start])
        return f"{head}{between}{_format_tags(prompt.body.of(text))}{text[prompt.body.end :]}"
    return _format_tags(text)


def _format_tags(text: str) -> str:
    found = scan(text)
    pieces: list[str] = []
    behind = 0
    for tag, start in zip(found.tags, found.starts, strict=True):
        source = text[start : start + tag.length]
        is_code = tag.kind not in ("comment", "escape") and "\n" not in source
        pieces += (text[behind:start], _format_tag(source) if is_code else source)
        behind = start + tag.length
    return "".join((*pieces, text[behind:]))


@lru_cache(maxsize=4096)
def _format_tag(source: str) -> str:
    """One tag without needless blanks.

    >>> _format_tag("{{# if  (lookup a 'x  y' ) }}")
    "{{#if (lookup a 'x  y')}}"
    """
    match = _TAG.fullmatch(source)
    if match is None:
        return source
    tokens = tokens_of(match["words"].strip())
    if any(token.kind in ("bad", "open_string") for token in tokens):
        return source
    space = " " if match["head"].endswith(">") and tokens else ""
    return f"{match['head']}{space}{_joined(tokens)}{match['tail']}"


def _joined(tokens: tuple[Token, ...]) -> str:
    words = [token for token in tokens if token.kind != "space"]
    pieces: list[str] = [words[0].text] if words else []
    n_bars = 0
    for left, right in pairwise(words):
        n_bars += left.kind == "sign" and left.text == "|"
        apart = left.end < right.start
        glued = _is_sign(left, "(=") or _is_sign(right, ")=") or _is_bar(left, right, n_bars)
        pieces += (" " if apart and not glued else "", right.text)
    return "".join(pieces)


def _is_sign(token: Token, signs: str) -> bool:
    return token.kind == "sign" and token.text in signs


def _is_bar(left: Token, right: Token, n_bars: int) -> bool:
    """Whether a blank would stand inside the bars of `as |item index|`, at their edge."""
    return n_bars == 1 and (_is_sign(left, "|") or _is_sign(right, "|"))


def _format_head(text: str, frontmatter: Frontmatter) -> str:
    """All up to the closing line, where the YAML means the same afterwards."""
    yaml = frontmatter.yaml
    shorter = _TRAILING.sub("", text[yaml.start : yaml.end])
    opening = _TRAILING.sub("", text[: yaml.start])
    closing = text[yaml.end : frontmatter.span.end]
    for lines in (_single_blanks(shorter), shorter):
        head = f"{opening}{lines}{closing}"
        after = parse(f"{head}\n").frontmatter
        if after and _plain(after.root) == _plain(frontmatter.root):
            return head
    return text[: frontmatter.span.end]


def _single_blanks(yaml: str) -> str:
    """One blank behind each colon that ends a key."""
    frontmatter = parse(f"---\n{yaml}---\n").frontmatter
    if frontmatter is None:
        return yaml
    source = f"---\n{yaml}"
    for start, end in sorted(_gaps(frontmatter.root), reverse=True):
        if _COLON.fullmatch(source, start, end):
            source = f"{source[:start]}: {source[end:]}"
    return source.removeprefix("---\n")


def _gaps(node: Yaml) -> Iterable[tuple[int, int]]:
    """What stands between each key and its value."""
    for entry in node.entries:
        yield entry.key_span.end, entry.value.span.start
        yield from _gaps(entry.value)
    for item in node.items:
        yield from _gaps(item)


def _plain(node: Yaml) -> object:
    """The value, with the type of every scalar and the order of the keys."""
    if node.kind == "mapping":
        return [(entry.key, _plain(entry.value)) for entry in node.entries]
    if node.kind == "sequence":
        return [_plain(item) for item in node.items]
    return type(node.value), node.value


def _rendered(
    prompt: Prompt, values: Mapping[str, object], partials: Mapping[str, str]
) -> list[tuple[str, list[object]]] | str:
    """Messages without the places they come from; or why there are none."""
    try:
        return _messages(render(prompt, values, partials=partials))
    except RenderError as error:
        return str(error)


def _messages(rendered: Rendered) -> list[tuple[str, list[object]]]:
    turns = [(message.role, message.parts) for message in rendered.messages]
    target = ("target", rendered.target or ())
    return [(role, [_without_place(part) for part in parts]) for role, parts in (*turns, target)]


def _without_place(part: Part) -> object:
    if isinstance(part, Segment):
        return part._replace(span=_NOWHERE)
    return replace(part, span=_NOWHERE)
