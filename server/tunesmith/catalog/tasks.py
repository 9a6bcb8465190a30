"""What a prompt can be for, and how it is judged: `tunesmith.task`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of job that a prompt does."""

    name: str
    doc: str
    """One line for people."""
    metrics: tuple[str, ...]
    """Names of the metrics that judge it; the first one decides."""


TASKS = {
    task.name: task
    for task in (
        Task(
            name="classification",
            doc="Each answer is one of a few labels, which are scored and not written out.",
            metrics=("accuracy", "macro-f1"),
        ),
    )
}
"""By name."""
