"""Prompt files on disk: which is a variant of which, where partials lie, and reading them."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunesmith.prompt.extension import Extension, read_extension
from tunesmith.prompt.limits import MAX_BYTES
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Node, PartialCall, walk
from tunesmith.prompt.parse import parse, parse_partial
from tunesmith.prompt.stretch import Stretch

SUFFIX = ".prompt"
MAX_PARTIALS = 256
"""That are looked for in one prompt and its partials; further ones are as good as missing."""

_MAX_NEWEST = 8
_newest: dict[Path, Sequence[Stretch]] = {}
"""The templates of the files that were read last, the last one at the end."""


class PromptFileError(ValueError):
    """A prompt file that cannot be read; says which and why."""


@dataclass(frozen=True, kw_only=True)
class LoadedPrompt:
    """A prompt with all that belongs to it."""

    path: Path
    prompt: Prompt
    """With the defaults of its parent, where it has no `input` of its own."""
    parent: Prompt | None
    """The prompt it is a variant of."""
    partials: Mapping[str, str]
    """Partial name to its text, for every partial it reaches that is there."""
    extension: Extension


def read_prompt(path: Path, root: Path) -> LoadedPrompt:
    """The prompt in a file, with partials from inside the workspace `root`.

    Raises PromptFileError where the file itself cannot be read.
    """
    try:
        text = _read(path)
    except (OSError, ValueError) as error:
        raise PromptFileError(f"cannot read {path}: {error}") from error
    return load_prompt(text, path, root)


def load_prompt(text: str, path: Path, root: Path) -> LoadedPrompt:
    """As `read_prompt`, for a text that is not, or not yet, what stands in the file."""
    prompt = _parse(text, path)
    parent_path = variant_parent(path)
    parent_text = _read_inside(parent_path, root) if parent_path else None
    parent = _parse(parent_text, parent_path) if parent_path and parent_text is not None else None
    if parent and not (prompt.frontmatter and prompt.frontmatter.entry("input")):
        prompt = replace(prompt, defaults=parent.defaults)
    return LoadedPrompt(
        path=path,
        prompt=prompt,
        parent=parent,
        partials=load_partials(prompt, path.parent, root),
        extension=read_extension(prompt, parent),
    )


def _parse(text: str, path: Path) -> Prompt:
    # The next version of a file mostly differs by a keystroke from the newest one so far.
    prompt = parse(text, is_partial=is_partial(path), before=_newest.pop(path, ()))
    _newest[path] = [stretch for _, stretch in prompt.stretches]
    if len(_newest) > _MAX_NEWEST:
        _newest.pop(next(iter(_newest)), None)
    return prompt


def is_partial(path: Path) -> bool:
    """Whether a file is a part of prompts, by its name alone."""
    return path.name.startswith("_")


def variant_parent(path: Path) -> Path | None:
    """Where the prompt lies that this one is a variant of, by its name alone.

    >>> str(variant_parent(Path("reviews.short.prompt")))
    'reviews.prompt'
    """
    name, dot, _ = path.name.removesuffix(SUFFIX).rpartition(".")
    is_variant = bool(dot and name) and path.name.endswith(SUFFIX)
    return path.with_name(name + SUFFIX) if is_variant else None


def variants_beside(path: Path) -> dict[str, Path]:
    """The variants of a prompt by name, in the order of their names."""
    start = path.name.removesuffix(SUFFIX) + "."
    try:
        names = sorted(os.listdir(path.parent))
    except OSError:
        return {}
    return {
        name.removeprefix(start).removesuffix(SUFFIX): path.with_name(name)
        for name in names
        if name.startswith(start) and variant_parent(path.with_name(name)) == path
    }


def partial_path(name: str, directory: Path, root: Path) -> Path | None:
    """The file of a partial: beside the prompt, else from the workspace root; None where absent.

    `{{> parts/tone}}` is `parts/_tone.prompt`. Nothing outside the root is ever named.
    """
    folder, _, last = name.rpartition("/")
    if not last or "\0" in name:
        return None
    for base in (directory, root):
        found = base / folder / f"_{last}{SUFFIX}"
        # Not Path.is_file, which raises for a name that is too long.
        if _is_inside(found, root) and os.path.isfile(found):
            return found
    return None


def load_partials(prompt: Prompt, directory: Path, root: Path) -> dict[str, str]:
    """Partial name to its text, for every partial that the prompt reaches and that is there."""
    found: dict[str, str] = {}
    looked_for: set[str] = set()
    waiting = list(partial_names(prompt.partial_calls))
    while waiting and len(looked_for) < MAX_PARTIALS:
        name = waiting.pop()
        if name in looked_for:
            continue
        looked_for.add(name)
        path = partial_path(name, directory, root)
        text = _read_inside(path, root) if path else None
        if text is not None:
            found[name] = text
            waiting.extend(partial_names(walk(parse_partial(text))))
    return found


def partial_names(nodes: Iterable[Node]) -> Iterator[str]:
    """Names of the partials that some of the nodes call, as often as they are called."""
    for node in nodes:
        if isinstance(node, PartialCall) and node.name and not node.name.startswith("@"):
            yield node.name


def _is_inside(path: Path, root: Path) -> bool:
    # Links are followed first, so that none leads out of the workspace.
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def _read_inside(path: Path, root: Path) -> str | None:
    if not _is_inside(path, root) or not os.path.isfile(path):
        return None
    try:
        return _read(path)
    except (OSError, ValueError):
        return None


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError("it is larger than 1 MB, which no prompt is")
    return content.decode("utf-8")
