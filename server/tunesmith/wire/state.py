"""A run at one moment: the fold of its events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tunesmith.wire.events import (
    Cancelled,
    Checkpoint,
    Evaluation,
    Event,
    Failed,
    Finished,
    PathTaken,
    Plan,
    Preflight,
    RateProbe,
    Record,
    Resumed,
    Row,
    Sample,
    Started,
    Step,
    Warned,
)

Status = Literal["starting", "running", "finished", "failed", "cancelled"]
OVER: tuple[Status, ...] = ("finished", "failed", "cancelled")


_NEWEST: dict[type[Event], str] = {
    Plan: "plan",
    PathTaken: "path",
    Preflight: "preflight",
    RateProbe: "rate_probe",
    Step: "step",
}
"""Of which only the last one counts, and where it stands."""


@dataclass(frozen=True, kw_only=True)
class RunState:
    """All that can be said of a run without reading its events again."""

    status: Status = "starting"
    seq: int = 0
    """Of the last event folded in."""
    started: Started | None = None
    """By the first job."""
    resumed: Resumed | None = None
    """By the last job, where it is not the first."""
    plan: Plan | None = None
    path: PathTaken | None = None
    preflight: Preflight | None = None
    rate_probe: RateProbe | None = None
    step: Step | None = None
    evaluations: tuple[Evaluation, ...] = ()
    """In order; the last of one model and split is the one that counts."""
    checkpoint: Checkpoint | None = None
    """The best one."""
    warnings: tuple[str, ...] = ()
    finished: Finished | None = None
    failed: Failed | None = None
    cancelled: Cancelled | None = None

    @property
    def is_over(self) -> bool:
        """No event will follow."""
        return self.status in OVER

    @property
    def steps_done(self) -> int:
        """Optimizer steps whose effect the weights hold."""
        if self.step:
            return self.step.step
        return self.resumed.step if self.resumed else 0

    def score_of(self, model: str, split: str) -> Evaluation | None:
        """The newest evaluation of `model` on `split`."""
        for evaluation in reversed(self.evaluations):
            if (evaluation.model, evaluation.split) == (model, split):
                return evaluation
        return None


def fold(records: Iterable[Record], state: RunState | None = None) -> RunState:
    """The state after `records`; those already folded in are passed over."""
    state = state or RunState()
    for record in records:
        if record.seq > state.seq:
            state = _after(replace(state, seq=record.seq), record)
    return state


def settled(records: Iterable[Record]) -> list[Record]:
    """Those that still count: without what a resumed job did anew."""
    kept: list[Record] = []
    for record in records:
        if isinstance(record.event, Resumed):
            done = record.event.step
            kept = [earlier for earlier in kept if not is_undone(earlier.event, done)]
        kept.append(record)
    return kept


def is_undone(event: Event, step: int) -> bool:
    """Whether a job that is resumed after `step` does again what `event` speaks of.

    One that begins anew, at 0, does everything again.
    """
    match event:
        case Step() | Sample() | Checkpoint() | Evaluation():
            return not step or event.step is None or event.step > step
        case Row() | Failed() | Cancelled():
            return True
        case _:
            return False


def _after(state: RunState, record: Record) -> RunState:
    if field := _NEWEST.get(type(record.event)):
        return replace(state, **{field: record.event})
    match record.event:
        case Started() as event:
            return replace(state, status="running", started=event)
        case Resumed() as event:
            return _resumed(state, event)
        case Evaluation() as event:
            return replace(state, evaluations=(*state.evaluations, event))
        case Checkpoint(best=True) as event:
            return replace(state, checkpoint=event)
        # A resumed job meets what its first one met.
        case Warned(message=message) if message not in state.warnings:
            return replace(state, warnings=(*state.warnings, message))
        case Finished() | Failed() | Cancelled() as event:
            return _ended(state, event)
        case _:
            return state


def _resumed(state: RunState, event: Resumed) -> RunState:
    step, checkpoint = state.step, state.checkpoint
    return replace(
        state,
        status="running",
        resumed=event,
        step=None if step and is_undone(step, event.step) else step,
        evaluations=tuple(found for found in state.evaluations if not is_undone(found, event.step)),
        checkpoint=None if checkpoint and is_undone(checkpoint, event.step) else checkpoint,
        failed=None,
        cancelled=None,
    )


def _ended(state: RunState, event: Finished | Failed | Cancelled) -> RunState:
    match event:
        case Finished():
            return replace(state, status="finished", finished=event)
        case Failed():
            return replace(state, status="failed", failed=event)
        case Cancelled():
            return replace(state, status="cancelled", cancelled=event)
