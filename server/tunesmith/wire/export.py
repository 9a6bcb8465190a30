"""Between the command line and the engine's processes that write a folder for use elsewhere.

Each is given one line on stdin and answers with one on stdout.
"""

from dataclasses import dataclass

from tunesmith.wire.spec import JobSpec


@dataclass(frozen=True, kw_only=True)
class ExportRun:
    """Write what a run trained, for `python -m tunesmith.engine.export`."""

    run_dir: str
    """Absolute."""
    folder: str
    """Absolute; not there yet."""
    merge: bool
    """The whole model with the adapter worked in, in place of the adapter."""


@dataclass(frozen=True, kw_only=True)
class EjectRun:
    """Write a training script that does without us, for `python -m tunesmith.engine.eject`."""

    spec: JobSpec
    folder: str
    """Absolute; not there yet."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The folder is there, whole and checked."""

    lines: tuple[str, ...]
    """What is in it and how it was checked, in words."""


@dataclass(frozen=True, kw_only=True)
class NotWritten:
    """What is in the folder, if anything, is of no use."""

    problem: str
    """Why, and what to do."""
