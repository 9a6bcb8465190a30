"""The layout of a run folder, which the job and everybody else agree on."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.events import Record, parse_record
from tunesmith.wire.spec import JobSpec
from tunesmith.wire.state import RunState


@dataclass(frozen=True)
class RunDir:
    """One run's folder, `.tunesmith/runs/<id>`."""

    path: Path

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def spec_path(self) -> Path:
        """The job, as it was submitted."""
        return self.path / "spec.json"

    @property
    def events_path(self) -> Path:
        """One event a line, only ever appended to."""
        return self.path / "events.jsonl"

    @property
    def state_path(self) -> Path:
        """Fold of the events; written by the job alone."""
        return self.path / "state.json"

    @property
    def cancel_path(self) -> Path:
        """Its presence asks the job to stop."""
        return self.path / "cancel"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints, one folder a step."""
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        """The best checkpoint's adapter, in PEFT's own format."""
        return self.path / "adapter"

    @property
    def rows_path(self) -> Path:
        """Which rows the job used, one a line, with hashes of their text and of their tokens."""
        return self.path / "rows.jsonl"

    @property
    def skipped_path(self) -> Path:
        """Which rows the job left out, one a line, with the reason."""
        return self.path / "skipped.jsonl"

    @property
    def predictions_path(self) -> Path:
        """One prediction a line."""
        return self.path / "predictions.jsonl"

    @property
    def report_path(self) -> Path:
        """For people; self-contained."""
        return self.path / "report.html"

    @property
    def log_path(self) -> Path:
        """What the job's process printed."""
        return self.path / "job.log"

    def read_spec(self) -> JobSpec:
        """The job. Raises OSError or WireError."""
        return loads(JobSpec, self.spec_path.read_text(encoding="utf-8"))

    def read_state(self) -> RunState:
        """The state on disk; the empty state where the job has not written one yet."""
        try:
            return loads(RunState, self.state_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return RunState()

    def read_records(self, since_seq: int = 0) -> Iterator[Record]:
        """Events with a number above `since_seq`, each once, in order."""
        records, _ = read_tail(self.events_path, 0)
        return (record for record in records if record.seq > since_seq)


def read_tail(path: Path, offset: int) -> tuple[list[Record], int]:
    """Whole lines of an event file from byte `offset` on, and the offset behind them.

    A last line without its newline is still being written, and is left for the next call.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read()
    except FileNotFoundError:
        return [], offset
    whole = chunk[: chunk.rfind(b"\n") + 1]
    lines = whole.decode("utf-8", errors="replace").split("\n")
    records = [record for line in lines if (record := parse_record(line)) is not None]
    return records, offset + len(whole)


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by `text` so that a reader sees the old or the new content, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        # It is only still there where the disk refused, and may be what fills it.
        temporary.unlink(missing_ok=True)


def write_state(run_dir: RunDir, state: RunState) -> None:
    """Write `state.json`; for the job alone."""
    write_atomically(run_dir.state_path, dumps(state) + "\n")
