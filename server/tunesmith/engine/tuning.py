"""Fine-tuning as one part of a job: an adapter, its looks at validation, its best checkpoint."""

from dataclasses import replace

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.engine.bench import Bench
from tunesmith.engine.checkpoint import keep_only, publish, restore_checkpoint, save_checkpoint
from tunesmith.engine.front import front_of
from tunesmith.engine.generate import Sampling, generate
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.progress import Judgement
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.wire.events import Checkpoint, Sample

N_SAMPLES = 3
SAMPLE_TOKENS = 12


def tune(bench: Bench, start: Judgement) -> tuple[LoadedModel, int]:
    """Train an adapter; the model with the best step's weights, and that step.

    `start` is how the base model does on validation: a step that is no better is not kept, and
    step 0, the adapter that changes nothing, is what remains.
    """
    spec = bench.spec
    # Before the adapter is made, for its first weights are drawn by chance.
    torch.manual_seed(spec.seed)
    adapted = tuning_methods()[spec.method].attach(bench.loaded.base, spec.train)
    loaded = replace(bench.loaded, model=adapted, is_tuned=True)
    _keep(bench, adapted, 0, start)

    def judge(step: int) -> Judgement:
        predictions = bench.predict(loaded, "validation", bench.board.quiet())
        evaluation = bench.score("tuned", "validation", predictions, step=step)
        _show_samples(bench, loaded, step)
        return bench.judgement(evaluation, predictions)

    hooks = Hooks(
        report=bench.reporter.emit,
        judge=judge,
        keep=lambda step, judgement: _keep(bench, adapted, step, judgement),
        save=lambda _progress, _optimizer: None,
        restore=lambda _optimizer: None,
        check_cancel=bench.switch.check,
    )
    options = LoopOptions.read(spec.train)
    rows = tuple(TrainRow(wordings=(row,)) for row in bench.material.encoded["train"])
    sampler = Sampler(rows=rows, batch_size=int(spec.train["batch_size"]), seed=spec.seed)
    best_step = train(loaded, sampler, options, start=start, hooks=hooks)
    _restore(bench, adapted, best_step)
    return loaded, best_step


def _keep(
    bench: Bench, model: PreTrainedModel | PeftModel, step: int, judgement: Judgement
) -> None:
    folder = bench.run_dir.checkpoints / f"step-{step}"
    save_checkpoint(model, folder, step=step, score=judgement.score)
    publish(folder, bench.run_dir.adapter)
    keep_only(folder)
    path = folder.relative_to(bench.run_dir.path).as_posix()
    bench.reporter.emit(Checkpoint(step=step, path=path, score=judgement.score, best=True))


def _restore(bench: Bench, model: PreTrainedModel | PeftModel, step: int) -> None:
    """Weights as they lie on disk, so that what is scored is what is kept."""
    folder = bench.run_dir.checkpoints / f"step-{step}"
    restore_checkpoint(model, folder)
    model.eval()


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
