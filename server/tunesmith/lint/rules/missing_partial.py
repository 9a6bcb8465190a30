"""A partial that no file holds.

`{{> tone}}` is `_tone.prompt`, beside the prompt or at the top of the workspace. Without it no
runtime renders the prompt. A block, `{{#> tone}}..{{/tone}}`, renders its own body instead.

Bad:
    {{> tome}} Answer.
    -- _tone.prompt --
    Be friendly.
Good:
    {{> tone}} Answer.
    -- _tone.prompt --
    Be friendly.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunesmith.lint.facts import Facts
from tunesmith.lint.near import nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import SUFFIX, LoadedPrompt
from tunesmith.prompt.nodes import PartialCall, walk
from tunesmith.prompt.parse import parse_partial
from tunesmith.wire.finding import Finding

RULE = Rule("missing-partial", severity="error")


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each call that leads to such a partial, be it in another partial."""
    calls = [node for node in loaded.prompt.partial_calls if node.body is None]
    names = {node.name or "@" for node in calls}
    needs = {name: _needs(name, loaded, facts) for name in names if not name.startswith("@")}
    for node in calls:
        need = needs.get(node.name or "@")
        if need:
            place = node.call.callee.span
            near = [need.near] if need.near else []
            fix = rename(loaded.prompt.text, place, need.name, near)
            yield RULE.at(place, need.message, fix=fix)


@dataclass(frozen=True, kw_only=True)
class _Need:
    """What a call lacks."""

    name: str
    message: str
    near: str | None = None


def _needs(name: str, loaded: LoadedPrompt, facts: Facts) -> _Need | None:
    if name in loaded.partials:
        through, gone = next(_beyond(name, loaded), (None, ""))
        message = f'the partial "{through}" needs "{gone}", which is nowhere: add {_file(gone)}'
        return _Need(name=name, message=message) if through else None
    message = f'there is no partial "{name}"'
    if _leads_out(name, loaded.path.parent, facts.workspace):
        return _Need(name=name, message=f"{message}: nothing is read from outside the workspace")
    near = nearest(name, _known(name, loaded.path.parent, facts.workspace))
    advice = f'; did you mean "{near}"?' if near else f": add a file {_file(name)}"
    return _Need(name=name, message=message + advice, near=near)


def _beyond(name: str, loaded: LoadedPrompt) -> Iterator[tuple[str, str]]:
    """Calls of missing partials that the partial leads to, with the partial they stand in."""
    seen, waiting = {name}, [name]
    while waiting:
        through = waiting.pop()
        for node in walk(parse_partial(loaded.partials[through])):
            called = node.name if isinstance(node, PartialCall) and node.body is None else None
            if called is None or called.startswith("@") or called in seen:
                continue
            seen.add(called)
            if called in loaded.partials:
                waiting.append(called)
            else:
                yield through, called


def _leads_out(name: str, directory: Path, root: Path) -> bool:
    if "\0" in name:
        return False
    found = os.path.realpath(directory / name)
    return not Path(found).is_relative_to(os.path.realpath(root))


def _known(name: str, directory: Path, root: Path) -> list[str]:
    """Partials that lie where this one was looked for."""
    folder, slash, _ = name.rpartition("/")
    if ".." in folder.split("/"):
        return []
    found: set[str] = set()
    for base in (directory, root):
        try:
            paths = list((base / folder).glob(f"_*{SUFFIX}"))
        except (OSError, ValueError):
            continue
        found |= {path.name.removesuffix(SUFFIX)[1:] for path in paths}
    return [f"{folder}{slash}{last}" for last in sorted(found)]


def _file(name: str) -> str:
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}_{last}{SUFFIX}"
