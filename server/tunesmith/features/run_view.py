"""A run in words: every number names its split and interval, and stands beside the base's."""

from pathlib import Path

from tunesmith.jobs.store import Run
from tunesmith.wire.editor import RunView
from tunesmith.wire.events import MODEL_NAMES, Evaluation, Score, Split, Step
from tunesmith.wire.forecast import forecast, probed_rates
from tunesmith.wire.state import RunState

TITLES = {"train": "Fine-tuning", "evaluate": "Evaluating", "plan": "Planning"}
SPLITS: tuple[Split, ...] = ("validation", "test")


def run_view(run: Run, prompt_uri: str) -> RunView:
    """A run as an editor shows it."""
    report = run.run_dir.report_path
    return RunView(
        runId=run.run_id,
        kind=run.spec.kind,
        status=run.status,
        promptUri=prompt_uri,
        label=label(run),
        tooltip=tooltip(run),
        seq=run.state.seq,
        runDir=str(run.run_dir.path),
        report=str(report) if report.is_file() else None,
    )


def prompt_path(run: Run) -> Path:
    """The prompt that a run was made from."""
    return Path(run.spec.workspace) / run.spec.prompt.path


def title_of(run: Run) -> str:
    """What is being done to which prompt."""
    return f"{TITLES[run.spec.kind]} {Path(run.spec.prompt.path).name}"


def label(run: Run) -> str:
    """A few words for a status bar."""
    state = run.state
    match run.status:
        case "starting":
            return "starting"
        case "running":
            return _step(state.step) if state.step else _newest(state) or "preparing"
        case "finished":
            return scores_in_short(state) or "finished"
        case "failed":
            return f"failed: {state.failed.message if state.failed else 'see the log'}"
        case "cancelled":
            return f"cancelled at step {state.step.step}" if state.step else "cancelled"
        case "lost":
            return "lost: its process is gone"


def last_word(run: Run) -> str | None:
    """How a run ended, for somebody who has waited for it; None where it was cancelled."""
    title, state = title_of(run), run.state
    if state.finished:
        return f"{title} is done. {state.finished.summary}"
    if state.failed:
        return f"{title} failed: {state.failed.message}"
    if run.status != "lost":
        return None
    way_on = f"Go on with {run.way_on}" if run.way_on else f"See {run.run_dir.log_path}"
    return f"{title} was cut off: its process is gone. {way_on}"


def tooltip(run: Run) -> str:
    """A few lines: where it stands, then all scores."""
    state = run.state
    lines = [f"{run.spec.kind} · {run.spec.model.name} · {run.status}"]
    if run.status == "lost":
        lines.append(f"The process ended without a last word: see {run.run_dir.log_path}")
    if state.failed:
        lines.append(state.failed.message)
    if run.way_on:
        lines.append(f"Go on with {run.way_on}")
    if state.rate_probe:
        lines.append(f"learning rate {probed_rates(state.rate_probe)}")
    if state.preflight and not run.is_over:
        facts = forecast(state.preflight, state.plan)
        lines += [f"{name}: {text}" for name, text in facts.items()]
    if state.step and not run.is_over:
        lines.append(f"{_step(state.step)} · {state.step.tokens_per_s:.0f} tokens/s")
    for split in SPLITS:
        lines += _score_lines(state, split)
    if state.finished and state.finished.p_value is not None:
        lines.append(f"tuned against base on test: p = {state.finished.p_value:.2g}")
    return "\n".join([*lines, *(f"warning: {warning}" for warning in state.warnings)])


def percentage(state: RunState) -> int | None:
    """How far the training is; None before its first step."""
    step = state.step
    return round(100 * step.step / step.n_steps) if step and step.n_steps else None


def scores_in_short(state: RunState) -> str | None:
    """The deciding metric of tuned and base on the last split that has both, or of base alone."""
    for split in reversed(SPLITS):
        base = _first_score(state, "base", split)
        tuned = _first_score(state, "tuned", split)
        if base and tuned:
            return f"{split} {tuned.metric} {with_interval(tuned)}, base {with_interval(base)}"
    for split in reversed(SPLITS):
        if base := _first_score(state, "base", split):
            return f"{split} {base.metric} of base {with_interval(base)}"
    return None


def with_interval(score: Score) -> str:
    """A value and its 95% interval."""
    return f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]"


def _newest(state: RunState) -> str | None:
    return scores_in_short(state) if state.evaluations else None


def _first_score(state: RunState, model: str, split: Split) -> Score | None:
    evaluation = state.score_of(model, split)
    return evaluation.scores[0] if evaluation and evaluation.scores else None


def _score_lines(state: RunState, split: Split) -> list[str]:
    found = [found for model in MODEL_NAMES if (found := state.score_of(model, split))]
    return [f"{split}, {_rows(found)} rows:", *map(_score_line, found)] if found else []


def _rows(evaluations: list[Evaluation]) -> str:
    return "/".join(str(n) for n in dict.fromkeys(each.n_rows for each in evaluations))


def _score_line(evaluation: Evaluation) -> str:
    scores = ", ".join(f"{score.metric} {with_interval(score)}" for score in evaluation.scores)
    return f"  {evaluation.model}: {scores}"


def _step(step: Step) -> str:
    left = f"{_duration(step.left_s)} left to train"
    return f"step {step.step}/{step.n_steps} · loss {step.loss:.2f} · {left}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
