"""The model card: what a stranger has to know before using an exported model."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from tunesmith.engine.export_check import Agreement
from tunesmith.engine.export_files import TrainedRun
from tunesmith.engine.model_card_use import fenced, use_section
from tunesmith.engine.verdict import show_p, show_value
from tunesmith.models.manifest import read_manifest
from tunesmith.prompt.encode import Encoder
from tunesmith.wire.events import MODEL_NAMES, Evaluation


@dataclass(frozen=True, kw_only=True)
class Result:
    """How weights that were written answer when they are loaded again."""

    agreement: Agreement
    dtype: torch.dtype
    """In which they were loaded; those of a whole model are also written in it."""
    refused: tuple[str, ...] = ()
    """What was found of other formats, which were not kept."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A model that was written, and how that was checked."""

    run: TrainedRun
    is_adapter: bool
    result: Result
    n_wanted: int
    """Rows to be asked about, had the data stayed as it was."""
    licence: str
    """Of the base model, as its own card says."""
    encoder: Encoder


def model_card(exported: Exported) -> str:
    """Markdown with the front matter of the Hugging Face hub."""
    spec = exported.run.spec
    sections = {
        "Use": use_section(exported.run, is_adapter=exported.is_adapter, encoder=exported.encoder),
        "Scores": _scores(exported.run),
        "Prompt": _prompt(exported.run),
        "Data": _data(exported.run),
        "Training": _training(exported.run),
        "Checked at export": _check(exported),
        "Limits": _limits(exported),
    }
    lines = [*_front_matter(exported), "", f"# {_title(exported)}", "", *_summary(exported.run)]
    for title, body in sections.items():
        lines += ["", f"## {title}", "", *body]
    lines += ["", f"Written by Tunesmith {spec.version}, run `{exported.run.run_dir.run_id}`."]
    return "\n".join(lines) + "\n"


def _front_matter(exported: Exported) -> Iterator[str]:
    run = exported.run
    yield "---"
    if run.hub_name:
        yield f"base_model: {json.dumps(run.hub_name)}"
        yield f"base_model_relation: {'adapter' if exported.is_adapter else 'finetune'}"
    else:
        yield f"# base_model: OWNER/NAME   (the run knows it as {run.spec.model.name})"
    yield f"license: {json.dumps(exported.licence.lower())}  # of the base model"
    yield f"library_name: {'peft' if exported.is_adapter else 'transformers'}"
    yield "pipeline_tag: text-generation"
    yield f"tags: {json.dumps(['tunesmith', run.spec.method, run.spec.task])}"
    yield "# datasets: [OWNER/NAME]   (yours to say, and under which licence)"
    yield "# language: [en]"
    yield "---"


def _title(exported: Exported) -> str:
    what = "adapter" if exported.is_adapter else "model"
    return f"{Path(exported.run.spec.prompt.path).stem}: {exported.run.spec.method} {what}"


def _summary(run: TrainedRun) -> Iterator[str]:
    spec, step = run.spec, run.checkpoint.step
    yield f"{spec.model.name}, tuned for {spec.task} with one prompt; weights of step {step}."
    if run.state.finished:
        yield run.state.finished.summary
    if step == 0:
        yield "No step was better than the base model on validation, so they change nothing."
    if spec.shuffle_labels:
        yield "A control: its training rows had shuffled labels, so that nothing can be learned."


def _scores(run: TrainedRun) -> Iterator[str]:
    on_test = [found for found in run.state.evaluations if found.split == "test"]
    if not any(found.model == "tuned" for found in on_test):
        yield (
            f"The run ended early and was never scored on test. On the validation rows, by which "
            f"its weights were chosen, they have {run.checkpoint.score:.3f}."
        )
        return
    metrics = [score.metric for score in on_test[0].scores]
    yield f"On {on_test[0].n_rows} test rows, with 95% intervals:"
    yield ""
    yield f"| model | {' | '.join(metrics)} |"
    yield f"|---|{'---|' * len(metrics)}"
    yield from (_score_line(found) for found in on_test)
    finished = run.state.finished
    if finished and finished.p_value is not None:
        yield ""
        yield f"Tuned against base, exact McNemar test: p = {show_p(finished.p_value)}."


def _score_line(found: Evaluation) -> str:
    note = f" ({found.note.replace('|', '/')})" if found.note else ""
    values = " | ".join(show_value(score) for score in found.scores)
    return f"| {MODEL_NAMES.get(found.model, found.model)}{note} | {values} |"


def _prompt(run: TrainedRun) -> Iterator[str]:
    spec = run.spec
    yield f"- file: `{spec.prompt.path}`, render hash `{spec.prompt.render_hash}`"
    if spec.template == "plain":
        yield "- template: plain, the bare texts of the turns without a chat template"
    else:
        yield "- template: the chat template in this folder"
        if spec.chat_template_kwargs:
            yield f"- which is given `{json.dumps(spec.chat_template_kwargs, ensure_ascii=False)}`"
    yield ""
    yield from fenced(spec.prompt.text, "handlebars")
    for name, text in spec.prompt.partials.items():
        yield ""
        yield f"Partial `{name}`:"
        yield ""
        yield from fenced(text, "handlebars")


def _data(run: TrainedRun) -> Iterator[str]:
    data, plan = run.spec.data, run.state.plan
    files = [name for name in (data.train, data.validation, data.test) if name]
    yield f"- files: {', '.join(f'`{name}`' for name in files)}"
    yield f"- SHA-256 over their bytes: `{data.fingerprint}`"
    yield f"- target: `{data.target}`, one of {', '.join(f'`{label}`' for label in data.labels)}"
    if plan:
        dropped = f" ({plan.n_dropped} more were too long)" if plan.n_dropped else ""
        yield (
            f"- rows: {plan.n_train} train{dropped}, {plan.n_validation} validation, "
            f"{plan.n_test} test; split `{plan.split_id}`"
        )


def _training(run: TrainedRun) -> Iterator[str]:
    spec, started = run.spec, run.state.started
    sources = run.state.plan.sources if run.state.plan else spec.sources
    yield f"`{spec.command}`"
    yield ""
    yield "| setting | value | where a default comes from |"
    yield "|---|---|---|"
    settings = {"method": spec.method, **spec.train, "seed": spec.seed}
    yield from (
        f"| {name} | {value} | {sources.get(name, '')} |" for name, value in settings.items()
    )
    if started:
        versions = ", ".join(f"{name} {version}" for name, version in started.versions.items())
        yield ""
        yield f"On {started.device} in {started.dtype}: {versions}."


def _check(exported: Exported) -> Iterator[str]:
    yield " ".join(checked(exported))


def checked(exported: Exported) -> Iterator[str]:
    """Sentences on what was compared, and over how many rows."""
    agreement, dtype = exported.result.agreement, name_of(exported.result.dtype)
    what = "adapter" if exported.is_adapter else "model"
    yield (
        f"Loaded again from the folder in {dtype}, the {what} writes the same as the evaluated "
        f"model for {agreement.n_greedy} of {agreement.n_rows} test rows (greedy) and chooses the "
        f"same label for {agreement.n_labels}."
    )
    for refused in exported.result.refused:
        yield f"Not in the base model's own format: {refused}."
    if agreement.n_rows < exported.n_wanted:
        yield (
            f"The data changed since the run: of {exported.n_wanted} rows to ask about, it still "
            f"holds {agreement.n_rows}."
        )


def _limits(exported: Exported) -> Iterator[str]:
    run = exported.run
    yield "- Scores hold for this prompt and for rows like those of the data."
    yield "- It was scored by its most probable label; a freely written answer may be no label."
    if not run.hub_name:
        yield f"- The base model is {_origin(run)}; other weights of that name give other answers."
    if exported.is_adapter and not run.hub_name:
        yield "- `adapter_config.json` names the base by its folder on the machine it was tuned on."
    yield "- The licence is the base model's; that of the data is not known here."


def _origin(run: TrainedRun) -> str:
    manifest = read_manifest(Path(run.spec.model.path))
    return f"{run.spec.model.name} (out of {manifest.source})" if manifest else run.spec.model.name


def name_of(dtype: torch.dtype) -> str:
    """Such as `bfloat16`."""
    return str(dtype).removeprefix("torch.")
