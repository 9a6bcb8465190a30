"""What a job says while it works. Each is one line of `events.jsonl`."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from tunesmith.wire.codec import WireError, from_plain, loads, to_plain
from tunesmith.wire.spec import Scalar

Split = Literal["train", "validation", "test"]


MODEL_NAMES = {
    "majority": "majority class",
    "tfidf": "TF-IDF",
    "base": "base model",
    "prompted": "best prompted base",
    "tuned": "tuned model",
}
"""Who is scored, in words, in the order of a table: from who knows least to what was trained."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one model on one split, never without its interval."""

    metric: str
    value: float
    low: float
    """Lower end of the 95% interval."""
    high: float
    higher_is_better: bool = True


@dataclass(frozen=True, kw_only=True)
class Started:
    """The job is alive; `pid` with `pid_started` names its process beyond doubt."""

    kind: ClassVar[str] = "started"
    pid: int
    pid_started: float
    """Start time of the process as the system counts it; guards against a reused pid."""
    device: str
    dtype: str
    versions: dict[str, str]
    n_threads: int = 0
    """That it computes with on the CPU; sums come out a little different with other numbers."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will happen, every default resolved to a number, before the first step."""

    kind: ClassVar[str] = "plan"
    n_train: int
    n_validation: int
    n_test: int
    n_dropped: int
    """Training rows longer than the limit, so left out."""
    n_skipped: int = 0
    """Rows left out for any other fault; `skipped.jsonl` lists all."""
    n_steps: int
    labels: tuple[str, ...]
    settings: dict[str, Scalar]
    split_id: str
    """Hash of which row is in which split; two runs with one id can be compared row by row."""
    sources: dict[str, str] = field(default_factory=dict[str, str])
    """Where a default in `settings` comes from, in words, by its name."""
    detectable: float = 0.0
    """Smallest difference of the metric that decides which so many test rows can show."""


@dataclass(frozen=True, kw_only=True)
class PathTaken:
    """How batches go through the model: known once the first one has been tried."""

    kind: ClassVar[str] = "path"
    path: str
    """`packed` or `two-pass`, which compute the rows' common prefix once, or `plain`."""
    factor: float
    """How many times fewer tokens are computed than the plain path would, in the first batch."""
    reason: str
    """Why no faster path was taken; empty where the first choice was right."""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What training will take, measured on a few steps whose effect is undone."""

    kind: ClassVar[str] = "preflight"
    n_probed: int
    """Steps it was measured on; 0 for a short run, of which the first steps show the rest."""
    step_s: float
    epoch_s: float
    look_s: float
    """Of one look at the validation rows; 0 where nothing was probed."""
    factor: float
    """How many times fewer tokens sharing the prefix computes, over the whole training split."""
    memory_bytes: int
    """Peak by formula: weights, gradients, optimizer, activations."""
    probed_bytes: int
    """Peak that the probe saw."""
    free_bytes: int
    """Of the device, before the model was loaded."""
    disk_bytes: int
    """What the run will write."""
    disk_free_bytes: int


@dataclass(frozen=True, kw_only=True)
class RateProbe:
    """Learning rates that were tried before training, and the one that was taken."""

    kind: ClassVar[str] = "rate-probe"
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    """On validation, after as many steps each; nats per target token."""
    chosen: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The job was started again; steps behind `step` are done anew."""

    kind: ClassVar[str] = "resumed"
    pid: int
    pid_started: float
    step: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One optimizer step."""

    kind: ClassVar[str] = "step"
    step: int
    n_steps: int
    epoch: float
    loss: float
    """Mean cross-entropy per target token, nats."""
    lr: float
    grad_norm: float
    """Before clipping."""
    tokens_per_s: float
    left_s: float
    """Seconds until training ends, evaluation on validation included."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Scores of one model on one split."""

    kind: ClassVar[str] = "evaluation"
    model: str
    """One of MODEL_NAMES."""
    split: Split
    step: int | None = None
    """Training step, for looks on the way; 0 for the base model before the first of them."""
    n_rows: int
    scores: tuple[Score, ...]
    note: str = ""
    """What was chosen, for a model that had a choice to make (on validation)."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One prediction on one row."""

    kind: ClassVar[str] = "row"
    model: str
    split: Split
    row_id: str
    target: str
    predicted: str
    probability: float
    """Of the predicted label, among the labels."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the model in training answers to one validation row."""

    kind: ClassVar[str] = "sample"
    step: int
    row_id: str
    target: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Weights are on disk, whole."""

    kind: ClassVar[str] = "checkpoint"
    step: int
    path: str
    """Relative to the run folder."""
    score: float
    """Of the metric that decides, on validation."""
    best: bool


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something a person should know that does not stop the run."""

    kind: ClassVar[str] = "warning"
    message: str


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The run did all it was asked."""

    kind: ClassVar[str] = "finished"
    report: str
    """Path of the report, relative to the run folder."""
    p_value: float | None = None
    """Exact McNemar test of tuned against base on the test rows; None on validation rows."""
    seconds: float
    summary: str
    """One sentence, with both numbers, the split and the intervals."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The run could not go on."""

    kind: ClassVar[str] = "failed"
    message: str
    """What happened, where, and what to do."""
    path: str | None = None
    """File to blame, relative to the workspace."""
    line: int | None = None
    """Line in it, from 1."""


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """The run was asked to stop and did."""

    kind: ClassVar[str] = "cancelled"
    step: int
    checkpoint: str | None = None
    """The best one, relative to the run folder."""


Event = (
    Started
    | Plan
    | PathTaken
    | Preflight
    | RateProbe
    | Resumed
    | Step
    | Evaluation
    | Row
    | Sample
    | Checkpoint
    | Warned
    | Finished
    | Failed
    | Cancelled
)
KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        Started,
        Plan,
        PathTaken,
        Preflight,
        RateProbe,
        Resumed,
        Step,
        Evaluation,
        Row,
        Sample,
        Checkpoint,
        Warned,
        Finished,
        Failed,
        Cancelled,
    )
}


@dataclass(frozen=True, kw_only=True)
class Record:
    """An event with its place in the run."""

    seq: int
    """From 1, without gaps."""
    at_s: float
    """Seconds since the job started, by a clock that never jumps."""
    event: Event

    def plain(self) -> dict[str, object]:
        """As it stands in `events.jsonl` and in messages to an editor."""
        head = {"seq": self.seq, "at_s": round(self.at_s, 3), "kind": self.event.kind}
        return {**head, **to_plain(self.event)}


@dataclass(frozen=True, kw_only=True)
class _Head:
    seq: int
    at_s: float
    kind: str


def read_record(plain: object) -> Record | None:
    """The record in one decoded line; None for a kind that a newer version wrote.

    Raises WireError when the line is not an event at all.
    """
    head = from_plain(_Head, plain)
    kind = KINDS.get(head.kind)
    if kind is None:
        return None
    return Record(seq=head.seq, at_s=head.at_s, event=from_plain(kind, plain))


def parse_record(line: str) -> Record | None:
    """The record in one line; None where the line is torn or of a kind not known here."""
    try:
        return read_record(loads(dict[str, Any], line))
    except WireError:
        return None
