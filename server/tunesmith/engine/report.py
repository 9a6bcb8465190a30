"""`report.html`: what a run showed, for people, in one file that needs nothing else.

It is made from the run folder alone, plus the texts of the rows, which the folder does not keep.
No scripts and nothing from a network, so that it opens anywhere, an editor's panel included; all
that comes from a prompt, a row or a model is escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from tunesmith.engine import report_parts as parts
from tunesmith.engine.job_data import JobRows
from tunesmith.engine.scoreboard import PredictionLine
from tunesmith.engine.verdict import beside, caution, claim, evidence, show_p
from tunesmith.metrics.mcnemar import count_flips
from tunesmith.wire.codec import loads
from tunesmith.wire.events import MODEL_NAMES, Evaluation, Plan, Split, Started, Step
from tunesmith.wire.forecast import forecast, probed_rates
from tunesmith.wire.run_dir import RunDir, write_atomically
from tunesmith.wire.spec import JobSpec
from tunesmith.wire.state import RunState, fold, settled


@dataclass(frozen=True, kw_only=True)
class Findings:
    """A run folder, read back."""

    spec: JobSpec
    started: Started
    plan: Plan
    steps: tuple[Step, ...]
    state: RunState
    predictions: tuple[PredictionLine, ...]
    """Of the contest; those on the way are left out."""
    texts: Mapping[tuple[str, int], str]
    """Input text of a row, by file and line."""

    @property
    def split(self) -> Split:
        """What the contest was held on."""
        return self.predictions[-1].split

    @property
    def contest(self) -> dict[str, Evaluation]:
        """The last word on each model, in the order of a table."""
        scored = {model: self.state.score_of(model, self.split) for model in MODEL_NAMES}
        return {model: found for model, found in scored.items() if found is not None}

    @property
    def best_step(self) -> int | None:
        """Whose weights were kept; 0 for none, None where nothing was trained."""
        return self.state.checkpoint.step if self.state.checkpoint else None

    def of(self, model: str) -> list[PredictionLine]:
        """A model's predictions in the contest."""
        return [line for line in self.predictions if line.model == model]

    @property
    def p_value(self) -> float | None:
        """Exact McNemar test of tuned against base; None on rows that choices were made on."""
        base, tuned = self.of("base"), self.of("tuned")
        if not tuned or self.split != "test":
            return None
        targets = [line.target for line in base]
        return count_flips(
            targets, [line.predicted for line in base], [line.predicted for line in tuned]
        ).p_value


def write_report(spec: JobSpec, run_dir: RunDir, rows: JobRows) -> None:
    """Write `report.html` from what the run folder holds so far."""
    texts = {
        (rows.paths[split], row.line): rows.text_of(row)
        for split, found in rows.rows.items()
        for row in found
    }
    write_atomically(run_dir.report_path, to_html(read_findings(spec, run_dir, texts)))


def read_findings(spec: JobSpec, run_dir: RunDir, texts: Mapping[tuple[str, int], str]) -> Findings:
    """Everything the report is made from. Raises OSError, WireError."""
    records = list(run_dir.read_records())
    state = fold(records)
    if state.started is None or state.plan is None:
        raise ValueError(f"{run_dir.path}: a run that has not begun has no report")
    lines = run_dir.predictions_path.read_text(encoding="utf-8").split("\n")
    predictions = [loads(PredictionLine, line) for line in lines if line]
    split = predictions[-1].split
    return Findings(
        spec=spec,
        started=state.started,
        plan=state.plan,
        steps=tuple(record.event for record in settled(records) if isinstance(record.event, Step)),
        state=state,
        predictions=tuple(_last_words(predictions, split)),
        texts=texts,
    )


def _last_words(predictions: list[PredictionLine], split: Split) -> list[PredictionLine]:
    newest = {
        (line.model, line.file, line.line): line
        for line in predictions
        if line.split == split and line.step is None
    }
    return list(newest.values())


def to_html(run: Findings) -> str:
    """The whole page."""
    title = f"{claim(run.contest, run.p_value, run.best_step)}: {run.spec.prompt.path}"
    style = files("tunesmith.engine").joinpath("report.css").read_text(encoding="utf-8")
    body = "\n".join(part for part in (*_results(run), *_facts(run)) if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _results(run: Findings) -> list[str]:
    contest, labels = run.contest, run.spec.data.labels
    return [
        f'<p class="soft">{escape(run.spec.prompt.path)} · {escape(run.spec.model.name)}</p>',
        f"<h1>{escape(claim(contest, run.p_value, run.best_step))}</h1>",
        f'<p class="lead">{escape(_sentence(evidence(contest, run.p_value)))}</p>',
        f"<p>{escape(beside(contest))}</p>",
        *(_shuffled(run)),
        f"<h2>Every model on the same {run.predictions[-1].split} rows</h2>",
        parts.score_table(contest, _caption(run)),
        parts.curves(run.steps, run.state.evaluations, run.best_step),
        "<h2>Which class is taken for which</h2>",
        parts.confusions({name: run.of(name) for name in ("base", "tuned")}, labels),
        parts.calibration({name: run.of(name) for name in ("base", "tuned")}),
        parts.flips(run.of("base"), run.of("tuned"), run.texts),
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shuffled(run: Findings) -> list[str]:
    if not run.spec.shuffle_labels:
        return []
    return [
        "<p><strong>A control:</strong> the labels of the training rows were shuffled, so that "
        "nothing true could be learned from them. Tuning must not help here.</p>"
    ]


def _caption(run: Findings) -> str:
    n_rows = run.contest["base"].n_rows
    text = f"{n_rows} {run.split} rows, the same for every model; intervals hold 95%."
    if run.p_value is None:
        return text + caution(run.split)
    return f"{text} Tuned against base, exact McNemar test: p = {show_p(run.p_value)}."


def _facts(run: Findings) -> list[str]:
    spec, plan = run.spec, run.plan
    settings = {**plan.settings, "method": spec.method, "template": spec.template}
    if run.state.rate_probe:
        settings["lr"] = run.state.rate_probe.chosen
    dropped = f", {plan.n_dropped} more were too long" if plan.n_dropped else ""
    data = {
        "train": f"{spec.data.train}: {plan.n_train} rows{dropped}",
        "validation": f"{spec.data.validation or spec.data.train}: {plan.n_validation} rows",
        "test": f"{spec.data.test or spec.data.train}: {plan.n_test} rows",
        "classes": ", ".join(plan.labels),
        "split": f"{plan.split_id} (seed {spec.data.split_seed})",
        "fingerprint": spec.data.fingerprint,
    }
    machine = {
        "device": f"{run.started.device}, {run.started.dtype}",
        "model": f"{spec.model.name} at {spec.model.path}",
        "prompt": f"{spec.prompt.path}, render {spec.prompt.render_hash[:12]}",
        **run.started.versions,
    }
    ahead = _ahead(run.state)
    warnings = [f"<p>{escape(warning)}</p>" for warning in run.state.warnings]
    return [
        *(["<h2>Warnings</h2>", *warnings] if warnings else []),
        "<h2>To run it again</h2>",
        f"<pre>{escape(spec.command)}</pre>",
        "<h2>What it was made from</h2>",
        '<div class="pair">',
        parts.card("Data", parts.facts(data)),
        parts.card("Settings", parts.facts(settings)),
        *([parts.card("Before the first step", parts.facts(ahead))] if ahead else []),
        parts.card("Machine", parts.facts(machine)),
        "</div>",
        f"<details><summary>The prompt</summary><pre>{escape(spec.prompt.text)}</pre></details>",
        '<footer class="soft">Every number here can be computed again from '
        "<code>predictions.jsonl</code> beside this file.</footer>",
    ]


def _ahead(state: RunState) -> dict[str, str]:
    """What was found out before the first step."""
    found: dict[str, str] = {}
    if state.rate_probe:
        found["rate"] = probed_rates(state.rate_probe)
    if state.path:
        reason = f" ({state.path.reason})" if state.path.reason else ""
        found["path"] = f"{state.path.path}{reason}"
    if state.preflight:
        found |= forecast(state.preflight, state.plan)
    return found
