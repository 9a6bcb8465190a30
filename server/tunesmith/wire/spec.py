"""The job: all that is needed to do a run, and to do it again."""

from dataclasses import dataclass, field
from typing import Literal

Scalar = bool | int | float | str
RunKind = Literal["train", "evaluate", "plan"]
"""`plan` ends before the first step, once all is known that a run needs."""


@dataclass(frozen=True, kw_only=True)
class PromptSpec:
    """The prompt as it was when the run was asked for; the job never reads it from disk again."""

    path: str
    """Relative to the workspace, with forward slashes."""
    text: str
    partials: dict[str, str] = field(default_factory=dict[str, str])
    """Partial name to its text, for every partial the prompt reaches."""
    defaults: dict[str, object] = field(default_factory=dict[str, object])
    """Values of a row that has none of its own; a variant's may come from its parent."""
    render_hash: str
    """Changes when a rendered message could change; makes scores stale."""
    settings_hash: str
    """Changes when training could change."""


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """The data set, and how its rows meet the prompt."""

    train: str
    """File, relative to the workspace; so are `validation` and `test`."""
    validation: str | None = None
    """None: cut from `train`."""
    test: str | None = None
    target: str
    """Column to learn."""
    columns: dict[str, str] = field(default_factory=dict[str, str])
    """Template variable to column, where the names differ."""
    labels: tuple[str, ...]
    """The classes, in a fixed order; empty where the task has none."""
    fingerprint: str
    """SHA-256 over the bytes of every file."""
    validation_share: float = 0.1
    test_share: float = 0.2
    split_seed: int = 7


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model on disk."""

    name: str
    """As the prompt names it, such as `builtin/smollm2-135m-instruct`."""
    path: str
    """Absolute folder with weights and tokenizer."""
    adapter: str | None = None
    """Absolute folder of a tuned adapter to put on top, or of a whole model tuned from this one."""
    quantised: bool = False
    """Its weights are held in 4 bits, as they were when it was tuned."""
    fingerprint: str = ""
    """By which a model that was exchanged for another is known; empty: not taken."""


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """One run, with every default resolved to a value."""

    run_id: str
    kind: RunKind
    workspace: str
    """Absolute; the paths of the prompt and of the data are below it."""
    prompt: PromptSpec
    variants: tuple[PromptSpec, ...] = ()
    """Other wordings to train on; evaluation is by `prompt` alone."""
    data: DataSpec
    model: ModelSpec
    task: str
    template: Literal["chat", "plain"]
    chat_template_kwargs: dict[str, Scalar] = field(default_factory=dict[str, Scalar])
    """Names that the model's chat template reads, such as `enable_thinking`."""
    method: str
    train: dict[str, Scalar]
    """Options of the method and of the loop, by the names in `catalog`."""
    sources: dict[str, str] = field(default_factory=dict[str, str])
    """Where a default in `train` comes from, in words, by its name."""
    eval: dict[str, Scalar]
    """Options of the evaluation, by the names in `catalog`."""
    seed: int
    dtype: str = ""
    """Number format of the model, as torch calls it; empty: the fastest on the device."""
    n_threads: int = 0
    """To compute with on the CPU; 0: as many as torch takes by itself."""
    shuffle_labels: bool = False
    """A control: the targets of the training rows are shuffled, so nothing true can be learned."""
    command: str
    """What a person types to repeat this run."""
    version: str
    """Of Tunesmith."""
