"""A model trained on a few rows, without a job around it."""

from collections.abc import Sequence

from tunesmith.engine.models import LoadedModel
from tunesmith.engine.progress import Judgement
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import PathTaken, Step


def learn(
    loaded: LoadedModel, rows: Sequence[Encoded], *, lr: float, epochs: int, batch_size: int = 4
) -> tuple[list[float], list[str]]:
    """The loss of each step, and the path taken."""
    losses: list[float] = []
    paths: list[str] = []

    def report(event: object) -> None:
        if isinstance(event, Step):
            losses.append(event.loss)
        elif isinstance(event, PathTaken):
            paths.append(event.path)

    start = Judgement(score=0.0, log_likelihood=-1.0)
    hooks = Hooks(
        report=report,
        judge=lambda _step: start,
        keep=lambda _step, _judgement: None,
        save=lambda _progress, _optimizer: None,
        restore=lambda _optimizer: None,
        check_cancel=lambda: None,
    )
    options = LoopOptions(
        epochs=epochs,
        lr=lr,
        warmup=0.1,
        clip=1.0,
        weight_decay=0.0,
        eval_steps=100,
        patience=100,
    )
    sampler = Sampler(
        rows=[TrainRow(wordings=(row,)) for row in rows], batch_size=batch_size, seed=0
    )
    train(loaded, sampler, options, start=start, hooks=hooks)
    return losses, paths
