"""The training loop around the tiny model, with hooks that write down what it says."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from tunesmith.engine.cancel import JobCancelled
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.progress import Judgement, Progress
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import PathTaken, Step, Warned
from tunesmith.wire.spec import ModelSpec

OPTIONS = LoopOptions(
    epochs=4,
    lr=0.05,
    warmup=0.1,
    clip=1.0,
    weight_decay=0.0,
    eval_steps=4,
    patience=100,
)
SETTINGS = {
    "lora": {"rank": 4, "alpha": 32.0, "dropout": 0.0},
    "full": {},
    "prefix-tuning": {"tokens": 4},
}
ROWS = [
    Encoded(
        ids=(5, *range(10, 10 + number), 40 + number % 2, 2),
        mask=(*[False] * (number + 1), True, True),
        n_prompt=number + 1,
    )
    for number in range(3, 19)
]
START = Judgement(score=0.0, log_likelihood=-1.0)


def adapted(spec: ModelSpec, seed: int = 0, method: str = "lora") -> LoadedModel:
    loaded = load_model(spec, "cpu", dtype=torch.float32)
    torch.manual_seed(seed)
    model = tuning_methods()[method].attach(loaded.base, SETTINGS[method])
    return replace(loaded, model=model)


class Recorder:
    """Writes down what the loop says, and judges by lists."""

    def __init__(self, scores: Sequence[float] = (), log_likelihoods: Sequence[float] = ()) -> None:
        self.steps: list[Step] = []
        self.paths: list[PathTaken] = []
        self.warnings: list[str] = []
        self.kept: list[tuple[int, float]] = []
        self.looks: list[int] = []
        self.saved: list[Progress] = []
        self.scores, self.log_likelihoods = list(scores), list(log_likelihoods)
        self.cancel_at: int | None = None
        self.left_off: Progress | None = None
        self.hooks = Hooks(
            report=self.report,
            judge=self.judge,
            keep=self.keep,
            save=lambda progress, _optimizer: self.saved.append(progress),
            restore=lambda _optimizer: self.left_off,
            check_cancel=self.check,
        )

    def report(self, event: PathTaken | Step | Warned) -> None:
        match event:
            case PathTaken():
                self.paths.append(event)
            case Step():
                self.steps.append(event)
            case Warned():
                self.warnings.append(event.message)

    def judge(self, step: int) -> Judgement:
        if step == 0:
            return START
        self.looks.append(step)
        score = self.scores.pop(0) if self.scores else 1.0
        log_likelihood = self.log_likelihoods.pop(0) if self.log_likelihoods else -1.0
        return Judgement(score=score, log_likelihood=log_likelihood)

    def keep(self, step: int, judgement: Judgement) -> None:
        if step > 0:
            self.kept.append((step, judgement.score))

    def check(self) -> None:
        if self.cancel_at == len(self.steps):
            raise JobCancelled


def run(
    loaded: LoadedModel,
    recorder: Recorder,
    options: LoopOptions = OPTIONS,
    *,
    rows: Sequence[Encoded] = ROWS,
    seed: int = 0,
    batch_size: int = 4,
) -> int:
    wordings = [TrainRow(wordings=(row,)) for row in rows]
    sampler = Sampler(rows=wordings, batch_size=batch_size, seed=seed)
    return train(loaded, sampler, options, hooks=recorder.hooks)


def weights(loaded: LoadedModel) -> torch.Tensor:
    trained = (weight for weight in loaded.model.parameters() if weight.requires_grad)
    return torch.cat([weight.detach().flatten() for weight in trained])
