"""Fine-tuning as one part of a job: an adapter, its looks at validation, its best checkpoint."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.engine.bench import Bench
from tunesmith.engine.checkpoint import (
    best_folder,
    keep_only,
    publish,
    restore_checkpoint,
    save_checkpoint,
)
from tunesmith.engine.distributed import SOLO, Team
from tunesmith.engine.follow import Shared
from tunesmith.engine.front import front_of, has_front
from tunesmith.engine.generate import Sampling, generate
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.preflight import prepare_training
from tunesmith.engine.progress import UNJUDGED, Judgement, Progress
from tunesmith.engine.sampler import Sampler
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.engine.train_state import Standing, restore_state, save_state
from tunesmith.wire.events import Checkpoint, Sample

N_SAMPLES = 3
SAMPLE_TOKENS = 12


def make_trainable(bench: Bench) -> tuple[LoadedModel, Sampler, LoopOptions]:
    """The model with its new adapter, the rows in the order of the seed, what the loop does."""
    spec = bench.spec
    # Before the adapter is made, for its first weights are drawn by chance.
    torch.manual_seed(spec.seed)
    adapted = tuning_methods()[spec.method].attach(bench.loaded.base, spec.train)
    return (
        replace(bench.loaded, model=adapted, is_tuned=True),
        Sampler.of(bench.material.train, spec.train, spec.seed),
        LoopOptions.read(spec.train),
    )


def tune(
    bench: Bench, standing: Standing | None = None, team: Team = SOLO
) -> tuple[LoadedModel, int]:
    """Train an adapter; the model with the best step's weights, and that step.

    A step that is no better on validation than the base model is not kept, and step 0, the adapter
    that changes nothing, is what remains; of a method that has no such adapter, the best step is
    kept, however good. `standing` is where an earlier job of the same run left
    off. Raises JobError, Diverged, MemoryFull, CheckpointError.
    """
    loaded, sampler, options = make_trainable(bench)
    adapted = loaded.model
    options = prepare_training(bench, loaded, sampler, options)
    if standing is None:
        bench.run_dir.checkpoints.mkdir(exist_ok=True)
        keep_only(bench.run_dir.checkpoints)
    else:
        # The job that left off may have died while it put another one there.
        publish(_best(bench, standing.progress.best_step), bench.run_dir.adapter)

    def judge(step: int) -> Judgement:
        if step == 0:
            base = _judge_base(bench, adapted)
            # The first weights of such a method are drawn by chance and answer in their own way.
            return UNJUDGED if has_front(adapted) else base
        predictions = bench.predict(loaded, "validation", bench.board.quiet())
        evaluation = bench.score("tuned", "validation", predictions, step=step)
        _show_samples(bench, loaded, step)
        return bench.judgement(evaluation, predictions)

    hooks = Hooks(
        report=bench.reporter.emit,
        judge=judge,
        keep=lambda step, judgement: _keep(bench, adapted, step, judgement),
        save=lambda progress, optimizer: _save(bench, adapted, progress, optimizer),
        restore=lambda optimizer: standing and restore_state(standing, adapted, optimizer),
        check_cancel=bench.switch.check,
    )
    shared = Shared(sampler=sampler, options=options, standing=standing)
    team.from_first(lambda: shared)
    best_step = train(loaded, sampler, options, hooks=hooks, team=team)
    _restore(bench, adapted, best_step)
    return loaded, best_step


def rehearse_run(bench: Bench) -> None:
    """Say what training would take, and leave it at that. Raises as `tune`."""
    prepare_training(bench, *make_trainable(bench))


def _judge_base(bench: Bench, model: PreTrainedModel | PeftModel) -> Judgement:
    """The base model on validation; no weight of `model`, made of it, has changed yet."""
    with model.disable_adapter() if isinstance(model, PeftModel) else nullcontext():
        predictions = bench.predict(bench.loaded, "validation", bench.board.quiet())
    return bench.judgement(bench.score("base", "validation", predictions, step=0), predictions)


def _keep(
    bench: Bench, model: PreTrainedModel | PeftModel, step: int, judgement: Judgement
) -> None:
    folder = _best(bench, step)
    save_checkpoint(model, folder, step=step, score=judgement.score)
    publish(folder, bench.run_dir.adapter)
    path = folder.relative_to(bench.run_dir.path).as_posix()
    bench.reporter.emit(Checkpoint(step=step, path=path, score=judgement.score, best=True))


def _save(
    bench: Bench,
    model: PreTrainedModel | PeftModel,
    progress: Progress,
    optimizer: torch.optim.Optimizer,
) -> None:
    checkpoints = bench.run_dir.checkpoints
    last = save_state(checkpoints, model, optimizer, progress)
    # Not before: until now the state to go on from was the earlier one, and its best step.
    keep_only(checkpoints, last, _best(bench, progress.best_step))


def _restore(bench: Bench, model: PreTrainedModel | PeftModel, step: int) -> None:
    """Weights as they lie on disk, so that what is scored is what is kept."""
    restore_checkpoint(model, _best(bench, step))
    model.eval()


def _best(bench: Bench, step: int) -> Path:
    return best_folder(bench.run_dir.checkpoints, step)


def _show_samples(bench: Bench, loaded: LoadedModel, step: int) -> None:
    encoder = bench.material.encoder
    for question in bench.material.questions["validation"][:N_SAMPLES]:
        ids = generate(
            loaded.base,
            question.choice.prompt,
            Sampling(max_new_tokens=SAMPLE_TOKENS),
            eos_ids=frozenset(encoder.eos_ids),
            should_stop=lambda: bench.switch.is_on,
            front=front_of(loaded.model),
        )
        output = encoder.decode(tuple(ids))
        sample = Sample(step=step, row_id=question.row_id, target=question.target, output=output)
        bench.reporter.emit(sample)
