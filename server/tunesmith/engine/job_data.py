"""The rows of a job: read, cut into splits, and refused where a run on them would mean nothing."""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunesmith.data.faults import Fault, named, sift, told
from tunesmith.data.fingerprint import fingerprint_of
from tunesmith.data.split import RowText, Splits, deal, normalise, overlap, take
from tunesmith.data.table import Row, Table, parse_table
from tunesmith.prompt.conversation import HISTORY, takes_history
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.variables import variables
from tunesmith.wire.events import Split
from tunesmith.wire.spec import DataSpec, JobSpec

N_SHOWN = 5


class JobError(Exception):
    """Why the job cannot go on, in words that say what to do."""

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        """`path` is the file to blame, relative to the workspace; `line` is in it, from 1."""
        super().__init__(message)
        self.path = path
        self.line = line


@dataclass(frozen=True, kw_only=True)
class JobRows:
    """The rows that a job uses, no more of each split than its options allow."""

    rows: Mapping[Split, tuple[Row, ...]]
    paths: Mapping[Split, str]
    """The file that each split comes from, relative to the workspace."""
    split_id: str
    text_of: RowText
    """What of a row the prompt shows to the model."""
    faults: tuple[Fault, ...] = ()
    """Rows of the files that are left out."""


def load_rows(spec: JobSpec, prompt: Prompt, learned: frozenset[str] = frozenset()) -> JobRows:
    """Read the files of a job and cut them.

    `learned` are the hashes of the texts that the job's adapter was trained on: the training rows
    are then those, where the files still hold them all. Raises JobError.
    """
    paths = _paths(spec.data)
    contents = _read_files(spec)
    faults: list[Fault] = []
    tables = {path: _parse(path, content, spec, faults) for path, content in contents.items()}
    shown = _shown_columns(spec, prompt, tables[spec.data.train])
    _refuse_missing_columns(spec.data, tables, shown)
    label_of = _target_of(spec.data)

    def text_of(row: Row) -> str:
        return "\n".join(row.text(column) for column in shown)

    splits = _cut(spec.data, tables, text_of, label_of)
    _refuse_shared_rows(splits, paths, text_of)
    own = tuple(row for row in splits.train if text_hash(text_of(row)) in learned)
    has_all = learned <= {text_hash(text_of(row)) for row in own}
    rows = _limit(spec, splits, label_of)
    if learned and has_all:
        rows["train"] = own
    limited = Splits.of(**rows, text_of=text_of, label_of=label_of)
    if spec.shuffle_labels:
        # Validation stays true: a step that learned nothing is then seen to be no better than base.
        rows["train"] = _shuffle_targets(rows["train"], spec.data.target, spec.seed)
    return JobRows(
        rows=rows, paths=paths, split_id=limited.split_id, text_of=text_of, faults=tuple(faults)
    )


def _paths(data: DataSpec) -> dict[Split, str]:
    return {
        "train": data.train,
        "validation": data.validation or data.train,
        "test": data.test or data.train,
    }


def _read_files(spec: JobSpec) -> dict[str, bytes]:
    """The bytes of each data file, by path. Raises JobError where they are not those planned."""
    data = spec.data
    named = [path for path in (data.train, data.validation, data.test) if path is not None]
    contents: dict[str, bytes] = {}
    for path in named:
        try:
            contents[path] = (Path(spec.workspace) / path).read_bytes()
        except OSError as error:
            raise JobError(f"{path}: cannot be read ({error.strerror})", path=path) from error
    if fingerprint_of(contents[path] for path in named) != data.fingerprint:
        one = " or ".join(contents)
        raise JobError(f"{one} changed after the run was asked for; start it again", path=named[0])
    return contents


def _parse(path: str, content: bytes, spec: JobSpec, faults: list[Fault]) -> Table:
    """The rows that can be used; what is wrong with others is added to `faults`.

    Raises JobError where there are others and the job does not skip such, or none is left.
    """
    data = spec.data
    table = parse_table(Path(path), content, data.target)
    if not table.rows and not table.problems:
        raise JobError(f"{path}: has no rows", path=path, line=1)
    if table.rows and data.target not in table.columns:
        columns = ", ".join(table.columns)
        message = f'{path}: has no column "{data.target}"; it has {columns}'
        raise JobError(message, path=path, line=1)
    rows, found = sift(table, path, data.target, data.labels or None)
    if not rows:
        message = f"{path}: none of its rows can be used: {named(found)}"
        raise JobError(message, path=path, line=found[0].line)
    if found and spec.train["bad_rows"] != "skip":
        raise JobError(told(found), path=path, line=found[0].line)
    faults.extend(found)
    return replace(table, rows=rows)


def without_others(rows: JobRows, kept: Mapping[Split, tuple[Row, ...]], data: DataSpec) -> JobRows:
    """The rows that are `kept`; where others were to be judged, the split is another one."""
    lost = [split for split in kept if len(kept[split]) < len(rows.rows[split])]
    if lost in ([], ["train"]):
        return replace(rows, rows=kept)
    splits = Splits.of(**kept, text_of=rows.text_of, label_of=_target_of(data))
    return replace(rows, rows=kept, split_id=splits.split_id)


def few_rows(spec: JobSpec, rows: JobRows) -> str | None:
    """What to say where there are fewer training rows than a step is to learn from."""
    n_rows, batch_size = len(rows.rows["train"]), int(spec.train["batch_size"])
    if n_rows >= batch_size:
        return None
    return (
        f"{spec.data.train}: {n_rows} training rows are fewer than batch_size: {batch_size}, so "
        "each epoch is one step that learns from all of them."
    )


def refuse_one_class(data: DataSpec, train: Sequence[Row]) -> None:
    """Nothing can be learned from rows of one class. Raises JobError."""
    counts = Counter(row.text(data.target) for row in train)
    if len(counts) < 2:
        found = f'only "{next(iter(counts))}"' if counts else "no rows"
        message = f"{data.train}: the training rows hold {found}; two classes are needed"
        raise JobError(message, path=data.train)


def _target_of(data: DataSpec) -> RowText:
    return lambda row: row.text(data.target)


def _shown_columns(spec: JobSpec, prompt: Prompt, table: Table) -> list[str]:
    """Rows are the same where all that the template shows of them is the same."""
    data = spec.data
    used = [variable.name for variable in variables(prompt, spec.prompt.partials)]
    if takes_history(prompt, spec.prompt.partials):
        used.append(HISTORY)
    columns = {data.columns.get(name, name) for name in used} - {data.target}
    shown = sorted(columns & set(table.columns))
    if not shown:
        names = ", ".join(table.columns)
        message = f"{spec.prompt.path}: no variable stands for a column of {data.train} ({names})"
        raise JobError(message, path=spec.prompt.path)
    return shown


def _refuse_missing_columns(
    data: DataSpec, tables: Mapping[str, Table], shown: Sequence[str]
) -> None:
    """A row without them would be asked about as if they were empty."""
    for path, table in tables.items():
        for column in (*shown, *data.columns.values()):
            if column not in table.columns:
                columns = ", ".join(table.columns)
                lack = f'has no column "{column}", which the prompt needs'
                message = f"{path}: {lack}; it has {columns}"
                raise JobError(message, path=path, line=1)


def _cut(
    data: DataSpec, tables: Mapping[str, Table], text_of: RowText, label_of: RowText
) -> Splits:
    shares = (
        0.0 if data.validation else data.validation_share,
        0.0 if data.test else data.test_share,
    )
    dealt = deal(
        tables[data.train].rows,
        text_of=text_of,
        label_of=label_of,
        shares=shares,
        seed=data.split_seed,
    )
    if not data.validation and not data.test:
        return dealt
    return Splits.of(
        train=dealt.train,
        validation=tables[data.validation].rows if data.validation else dealt.validation,
        test=tables[data.test].rows if data.test else dealt.test,
        text_of=text_of,
        label_of=label_of,
    )


def _refuse_shared_rows(splits: Splits, paths: Mapping[Split, str], text_of: RowText) -> None:
    pairs: tuple[tuple[Split, Sequence[Row], Split, Sequence[Row]], ...] = (
        ("train", splits.train, "validation", splits.validation),
        ("train", splits.train, "test", splits.test),
        ("validation", splits.validation, "test", splits.test),
    )
    for first, rows, second, others in pairs:
        shared = overlap(rows, others, text_of)
        if shared:
            path = paths[second]
            message = (
                f"{path}: {_lines(shared)} of the {second} rows also {_stand(shared)} in the "
                f"{first} rows ({paths[first]}), so a score on them would say nothing. Take them "
                f"out, or leave out `{second}` in tunesmith.data to have {paths[first]} split"
            )
            raise JobError(message, path=path, line=shared[0].line)


def text_hash(text: str) -> str:
    """By which a row is known again, whatever file it stands in."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()


def refuse_known(
    rows: JobRows, split: Split, known: frozenset[str], name: str, *, how: str
) -> None:
    """Refuse rows whose text a model was made with. `known` holds texts' hashes.

    Raises JobError.
    """
    shared = [row for row in rows.rows[split] if text_hash(rows.text_of(row)) in known]
    if shared:
        path = rows.paths[split]
        message = (
            f"{path}: {name} was {how} {_lines(shared)} of the {split} rows, so a score on "
            "them would say nothing. Evaluate it on rows that it has not seen"
        )
        raise JobError(message, path=path, line=shared[0].line)


def _lines(rows: Sequence[Row]) -> str:
    shown = ", ".join(str(row.line) for row in rows[:N_SHOWN])
    more = f" and {len(rows) - N_SHOWN} more" if len(rows) > N_SHOWN else ""
    return f"line{'s' if len(rows) > 1 else ''} {shown}{more}"


def _stand(rows: Sequence[Row]) -> str:
    return "stand" if len(rows) > 1 else "stands"


def _limit(spec: JobSpec, splits: Splits, label_of: RowText) -> dict[Split, tuple[Row, ...]]:
    n_train = int(spec.train["max_rows"]) or len(splits.train)
    # Which rows are judged does not depend on the run's seed, so that runs can be compared.
    fixed = spec.data.split_seed
    train = take(splits.train, n_train, label_of=label_of, seed=spec.seed)
    validation = take(
        splits.validation, int(spec.eval["validation_rows"]), label_of=label_of, seed=fixed
    )
    test = take(splits.test, int(spec.eval["test_rows"]), label_of=label_of, seed=fixed)
    found: dict[Split, tuple[Row, ...]] = {"train": train, "validation": validation, "test": test}
    for split, rows in found.items():
        if not rows:
            path = _paths(spec.data)[split]
            n_rows = sum(map(len, (splits.train, splits.validation, splits.test)))
            message = (
                f"{path}: has too few rows for a {split} split ({n_rows} in all): add rows, or "
                f"give {split} a file of its own in tunesmith.data"
            )
            raise JobError(message, path=path)
    return found


def _shuffle_targets(rows: Sequence[Row], target: str, seed: int) -> tuple[Row, ...]:
    targets = [row.text(target) for row in rows]
    random.Random(f"shuffled labels with seed {seed}").shuffle(targets)
    return tuple(
        replace(row, values={**row.values, target: label})
        for row, label in zip(rows, targets, strict=True)
    )
