"""What a check looks at besides the prompt's own text, so that a result can be kept until it moves.

Files that are opened and folders that are listed are told by the interpreter's own audit events,
whatever rule does so; where it is only asked whether something is there, the paths are named here.
"""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import tunesmith
from tunesmith.cli.check_cache import LISTING, TREE
from tunesmith.lint.facts import Facts
from tunesmith.prompt.files import (
    SUFFIX,
    LoadedPrompt,
    is_partial,
    partial_names,
    variant_parent,
)
from tunesmith.prompt.nodes import walk
from tunesmith.prompt.parse import parse_partial

_MODEL_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_PASSED_OVER = (
    *(f"{Path(module.__file__ or '').parent}{os.sep}" for module in (os, tunesmith)),
    "/dev/",
    "/proc/",
    "/sys/",
)
"""Where imports look, whose changes make all results void in any case, and the machine itself."""
_heard: set[str] = set()
_state = {"listens": False, "is_hooked": False}


@contextmanager
def listening() -> Generator[set[str]]:
    """The set that what is opened and listed inside the context goes into."""
    if not _state["is_hooked"]:
        sys.addaudithook(_listener(_state, _heard))
        _state["is_hooked"] = True
    _heard.clear()
    _state["listens"] = True
    try:
        yield _heard
    finally:
        _state["listens"] = False


def paths_asked_for(loaded: LoadedPrompt, facts: Facts) -> Iterator[str]:
    """The paths whose being there matters, even where nothing is."""
    folder = loaded.path.parent
    yield f"{folder}{LISTING}"
    # Of a partial it is said whether any prompt calls it.
    if is_partial(loaded.path):
        yield f"{facts.workspace}{TREE}"
    if parent := variant_parent(loaded.path):
        yield str(parent)
    names = {*partial_names(loaded.prompt.partial_calls)}
    for text in loaded.partials.values():
        names.update(partial_names(walk(parse_partial(text))))
    for name in names:
        above, _, last = name.rpartition("/")
        for base in (folder, facts.workspace):
            yield os.path.normpath(base / above / f"_{last}{SUFFIX}")
    yield from (str(file.path) for file in facts.data)
    for model in {loaded.extension.base, loaded.extension.preview_model}:
        kind, _, rest = model.partition("/")
        if kind == "local":
            root = facts.workspace / Path(rest).expanduser()
            yield from (str(root / name) for name in _MODEL_FILES)


def _listener(state: dict[str, bool], heard: set[str]) -> Callable[[str, tuple[object, ...]], None]:
    # A hook cannot be taken away, and outlives this module's names when Python ends.
    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if not state["listens"] or event not in ("open", "os.listdir", "os.scandir"):
            return
        path = arguments[0]
        if not isinstance(path, (str, bytes)):
            return  # A file that is open already.
        name = os.path.abspath(os.fsdecode(path))
        if not name.startswith(_PASSED_OVER):
            heard.add(name if event == "open" else name.rstrip("/") + LISTING)

    return hear
