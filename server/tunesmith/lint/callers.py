"""Which prompts of a workspace call a partial."""

import os
import re
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from tunesmith.prompt.files import SUFFIX
from tunesmith.prompt.limits import MAX_BYTES

MAX_ENTRIES = 20_000
"""Files and folders that are looked at; of a larger workspace nothing is said."""
_PASSED_OVER = {"node_modules", "__pycache__"}
_CALL = re.compile(r"""\{\{~?\#?>\s*(?:"([^"]*)"|'([^']*)'|([^\s}~("']+)|(\())""")

Stat = tuple[str, int, int]
"""Path, time of the last change, size."""


def is_called(partial: Path, root: Path) -> bool | None:
    """Whether a prompt of the workspace `root` calls the partial; None where that is not known."""
    prompts = _prompts(str(root), int(time.monotonic()))
    if prompts is None:
        return None
    own = str(partial)
    last = partial.name.removesuffix(SUFFIX)[1:]
    is_known = True
    for path, changed_ns, size in prompts:
        for name in _calls_in(path, changed_ns, size) if path != own else ():
            # A name that is computed may be that of any partial.
            is_known = is_known and name != "("
            if name.rpartition("/")[2] == last and own in _places(name, path, root):
                return True
    return False if is_known else None


def tree_stamp(root: str) -> str:
    """What changes when any prompt of a workspace does, or comes or goes."""
    prompts = _prompts(root, int(time.monotonic()))
    return blake2b(repr(prompts).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _places(name: str, caller: str, root: Path) -> tuple[str, str]:
    """Where the file of a partial is looked for."""
    folder, _, last = name.rpartition("/")
    file = os.path.join(folder, f"_{last}{SUFFIX}")
    beside = os.path.join(os.path.dirname(caller), file)
    return os.path.normpath(beside), os.path.normpath(root / file)


@lru_cache(maxsize=1)
def _prompts(root: str, _second: int) -> tuple[Stat, ...] | None:
    """Every prompt below the folder; a listing is good for the second in which it was made."""
    found: list[Stat] = []
    n_entries = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [one for one in folders if one[0] != "." and one not in _PASSED_OVER]
        n_entries += len(folders) + len(files)
        if n_entries > MAX_ENTRIES:
            return None
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(SUFFIX) and not _leads_out(path, root):
                try:
                    stat = os.stat(path)
                except OSError:
                    continue
                found.append((path, stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


def _leads_out(path: str, root: str) -> bool:
    """Whether a file is a link to one outside the workspace, where nothing is ever read."""
    if not os.path.islink(path):
        return False
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


@lru_cache(maxsize=MAX_ENTRIES)
def _calls_in(path: str, _changed_ns: int, size: int) -> tuple[str, ...]:
    """Names of the partials that a file calls; `(` for one that is computed."""
    if size > MAX_BYTES or not os.path.isfile(path):
        return ()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ()
    return tuple({next(filter(None, match)) for match in _CALL.findall(text) if any(match)})
