"""The rules that need the data set and the model, over one prompt."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tunesmith.analysis.cache import Cache, DataKey, folder_stamp
from tunesmith.analysis.model import load_model
from tunesmith.data.stream import Row, RowProblem, RowStream, open_rows
from tunesmith.lint.facts import Facts, gather
from tunesmith.lint.rows import Memory
from tunesmith.lint.run import lint_data
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.models.memory import memory_bytes
from tunesmith.models.registry import resolve
from tunesmith.plan import training_options
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding


def check_data(
    loaded: LoadedPrompt,
    root: Path,
    selection: Selection = RECOMMENDED,
    *,
    cache: Cache | None = None,
    pulse: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """What the data set and the model behind a prompt show. `root` is the workspace.

    `pulse` is called between rows; what it raises ends the check.
    """
    if not loaded.extension.has_training:
        return []
    facts = gather(loaded, root)
    if cache is None:
        return _check(loaded, facts, selection, {}, pulse)
    data = cache.data_key(facts.data, pulse)
    key = _key(loaded, facts, selection, data)
    found = cache.findings.get(key)
    if found is None:
        # The target is read apart from a conversation, so that a row is another for another target.
        target = (loaded.extension.data and loaded.extension.data.target) or ""
        rows = (*data, ("target", target, ""))
        memory = cache.memory(rows)
        found = tuple(_check(loaded, facts, selection, memory, pulse))
        # A file that changed while it was read was neither what it was before nor what it is now.
        if cache.data_key(facts.data, pulse) == data:
            cache.findings.keep(key, found)
            cache.keep_memory(rows, memory)
    return list(found)


def _check(
    loaded: LoadedPrompt,
    facts: Facts,
    selection: Selection,
    memory: Memory,
    pulse: Callable[[], None],
) -> list[Finding]:
    root, keys = facts.workspace, loaded.extension.data
    target = keys and keys.target
    facts = replace(
        facts,
        model=load_model(loaded, root),
        training=training_options(loaded, root),
        machine_bytes=memory_bytes(),
    )

    def read(path: Path) -> _Pulsing:
        return _Pulsing(open_rows(path, target), pulse)

    return lint_data(loaded, facts, read, selection, memory=memory)


def _key(loaded: LoadedPrompt, facts: Facts, selection: Selection, data: DataKey) -> Hashable:
    """All that findings depend on."""
    model = resolve(loaded.extension.base, workspace=facts.workspace)
    return (
        loaded.path,
        loaded.prompt.text,
        loaded.parent and loaded.parent.text,
        tuple(sorted(loaded.partials.items())),
        facts.workspace,
        facts.data,
        data,
        selection,
        model.path,
        folder_stamp(model.path),
    )


@dataclass(frozen=True)
class _Pulsing:
    """Rows, and a call between any two of them."""

    stream: RowStream
    pulse: Callable[[], None]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.stream.columns

    @property
    def codec(self) -> str | None:
        return self.stream.codec

    def __iter__(self) -> Iterator[Row | RowProblem]:
        for item in self.stream:
            self.pulse()
            yield item
