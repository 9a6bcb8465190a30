"""A plan on a terminal, and as a document for programs."""

from collections.abc import Collection

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunesmith.catalog.defaults import SOURCES
from tunesmith.jobs.store import Run
from tunesmith.wire.codec import to_plain
from tunesmith.wire.events import PathTaken, Plan
from tunesmith.wire.forecast import forecast, probed_rates
from tunesmith.wire.spec import DataSpec

NARROWEST = 15
"""Of the first column."""
_ORDER = {"set": 0, "default": 2}


def plan_document(run: Run) -> dict[str, object]:
    """All that the plan found, by the names of the events."""
    spec, state = run.spec, run.state
    return {
        "prompt": spec.prompt.path,
        "model": spec.model.name,
        "method": spec.method,
        "device": state.started.device if state.started else None,
        "plan": to_plain(state.plan),
        "path": to_plain(state.path),
        "preflight": to_plain(state.preflight),
        "rate_probe": to_plain(state.rate_probe),
        "warnings": list(state.warnings),
    }


def print_plan(console: Console, run: Run) -> None:
    """Rows, what training takes, every setting with its source, and what to think about."""
    spec, state = run.spec, run.state
    head = [spec.prompt.path, f"{spec.method} on {spec.model.name}"]
    if state.started:
        head.append(f"{state.started.device}, {state.started.dtype}")
    console.print(Text(" · ".join(head), style="bold"), soft_wrap=True)
    if state.plan is not None:
        for title, table in (
            ("Rows", _facts(_rows(state.plan, spec.data))),
            ("Training", _facts(_training(run, state.plan))),
            ("Settings", _settings(run, state.plan)),
        ):
            console.print(Text(f"\n{title}", style="bold"))
            console.print(table)
        console.print()
        for letter in _letters(state.plan.sources.values()):
            console.print(Text(f"{letter}: {SOURCES[letter]}", style="dim"))
    for warning in state.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))


def _letters(sources: Collection[str]) -> list[str]:
    """Those that stand for a source in one of these texts, in the order of the table."""
    return [
        letter
        for letter in SOURCES
        if any(source.startswith(f"{letter}:") or f"({letter})" in source for source in sources)
    ]


def _rows(plan: Plan, data: DataSpec) -> dict[str, str]:
    rows = {
        "train": f"{plan.n_train:,} of {data.train}",
        "validation": f"{plan.n_validation:,} of {data.validation or data.train}",
        "test": f"{plan.n_test:,} of {data.test or data.train}",
        "left out": f"{plan.n_dropped:,} too long, {plan.n_skipped:,} with another fault",
        "labels": ", ".join(plan.labels),
    }
    if plan.detectable:
        rows["detectable"] = (
            f"a difference of {100 * plan.detectable:.1f} points on the test rows (paired, "
            "two-sided 5%, 80% power, the models disagreeing about one row in five)"
        )
    return {name: text for name, text in rows.items() if text}


def _training(run: Run, plan: Plan) -> dict[str, str]:
    state = run.state
    facts = {"steps": f"{plan.n_steps:,} of {plan.settings['batch_size']} rows"}
    if state.path:
        facts["path"] = _path(state.path)
    if state.preflight:
        facts |= forecast(state.preflight, plan)
    if state.rate_probe:
        facts["rate"] = probed_rates(state.rate_probe)
    return facts


def _path(path: PathTaken) -> str:
    return f"{path.path}{f' ({path.reason})' if path.reason else ''}"


def _facts(facts: dict[str, str]) -> Table:
    table = _table()
    for name, text in facts.items():
        table.add_row(name, Text(text))
    return table


def _settings(run: Run, plan: Plan) -> Table:
    """What was set first, then what follows from the model, then what is the same for all."""
    settings = {"method": run.spec.method, **plan.settings}
    # Whoever asks for another seed knows where it came from.
    del settings["seed"]
    sources = {name: plan.sources.get(name, "set") for name in settings}
    if probe := run.state.rate_probe:
        settings["lr"] = probe.chosen
        sources["lr"] = f"tried beside {plan.settings['lr']:g}, which is {sources['lr']}"
    table = _table()
    for name in sorted(settings, key=lambda name: _ORDER.get(sources[name], 1)):
        value = settings[name]
        shown = str(value).lower() if isinstance(value, bool) else f"{value}"
        table.add_row(name, shown, Text(sources[name], style="dim"))
    return table


def _table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=NARROWEST)
    return table
