"""All that a rule may know beyond the prompt itself."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tunesmith.data.fetch import sources, table_path
from tunesmith.data.table import SUFFIXES, Row, RowProblem
from tunesmith.lint.model import Model
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span

DataKey = Literal["train", "validation", "test"]
Scalar = bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file that `tunesmith.data` names."""

    key: DataKey
    name: str
    """As it is written in the prompt."""
    span: Span
    """Where; or the nearest place in this prompt, for what a variant takes from its parent."""
    path: Path
    place: Literal["present", "absent", "outside"]
    """`outside` the workspace, where nothing is ever read."""
    source: str | None = None
    """The data set that would bring this file, for one that is absent."""
    near: str | None = None
    """A file beside it with a similar name, for one that is absent."""
    fault: str | None = None
    """Why it could not be read."""
    columns: tuple[str, ...] | None = None
    """None, as are all fields below, until the file has been read."""
    n_rows: int = 0
    sample: tuple[Row, ...] = ()
    """Some rows, the first among them, from all over the file."""
    problems: tuple[RowProblem, ...] = ()
    """Lines that are no rows, the first thousand of them."""
    n_problems: int = 0
    codec: str | None = None
    """What it is written in, such as `utf-8` or `gb18030`."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands around a prompt."""

    workspace: Path
    data: tuple[DataFile, ...] = ()
    """Train first."""
    model: Model | None = None
    """The base model; None in the language server, and where it is not on this machine."""
    training: Mapping[str, Scalar] | None = None
    """Every option of `tunesmith.train` resolved; None where they cannot be."""
    machine_bytes: int | None = None
    """Memory that training would have; None where that is not known."""

    @property
    def tables(self) -> Iterator[DataFile]:
        """The files that were read and have columns."""
        return (file for file in self.data if file.columns)


def gather(loaded: LoadedPrompt, root: Path) -> Facts:
    """Look at the files that a prompt names, without reading them. `root` is the workspace."""
    keys = loaded.extension.data
    if keys is None:
        return Facts(workspace=root)
    names: dict[DataKey, str | None] = {
        "train": keys.train,
        "validation": keys.validation,
        "test": keys.test,
    }
    data = tuple(_look(loaded, root, key, name) for key, name in names.items() if name)
    return Facts(workspace=root, data=data)


def blame(prompt: Prompt, *keys: str) -> Span:
    """Where to say something about a frontmatter value: the value, else the key nearest to it."""
    frontmatter = prompt.frontmatter
    for n in range(len(keys), 0, -1):
        entry = frontmatter.entry(*keys[:n]) if frontmatter else None
        if entry:
            is_scalar = n == len(keys) and entry.value.kind == "scalar"
            return entry.value.span if is_scalar else entry.key_span
    first_line = prompt.text.split("\n", 1)[0]
    return Span(0, len(first_line.rstrip("\r")))


def _look(loaded: LoadedPrompt, root: Path, key: DataKey, name: str) -> DataFile:
    span = blame(loaded.prompt, "tunesmith.data", key)
    path = Path(os.path.normpath(loaded.path.parent / name))
    file = DataFile(key=key, name=name, span=span, path=path, place="present")
    if not _is_inside(path, root):
        return replace(file, place="outside")
    # Not Path.is_file, which raises for a name that is too long.
    if not os.path.isfile(path):  # noqa: PTH113
        return replace(file, place="absent", source=_source_of(path, root), near=_near(path))
    return file


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    except ValueError:
        return True  # A name with a null character: there is no such file anywhere.


def _source_of(path: Path, root: Path) -> str | None:
    return next((name for name in sources() if table_path(name, root) == path), None)


def _near(path: Path) -> str | None:
    try:
        beside = [item.name for item in path.parent.iterdir()]
    except (OSError, ValueError):
        return None
    names = [name for name in beside if name.lower().endswith(SUFFIXES)]
    return next(iter(difflib.get_close_matches(path.name, names, n=1)), None)
