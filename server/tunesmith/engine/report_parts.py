"""Sections of the report: values in, HTML out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from tunesmith.engine.report_svg import Axis, Line, chart, round_axis
from tunesmith.engine.scoreboard import PredictionLine
from tunesmith.wire.events import MODEL_NAMES, Evaluation, Score, Step

N_FLIPS = 12
UNIT = Axis(low=0.0, high=1.0, ticks=(0.0, 0.25, 0.5, 0.75, 1.0))


def card(title: str, body: str) -> str:
    """A titled box."""
    return f'<section class="card"><h3>{escape(title)}</h3>{body}</section>'


def facts(pairs: Mapping[str, object]) -> str:
    """Names and values."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(_plain(value))}</dd>" for name, value in pairs.items()
    )
    return f"<dl>{rows}</dl>"


def score_table(contest: Mapping[str, Evaluation], caption: str) -> str:
    """One line a model: its scores with their intervals, drawn and in numbers."""
    metrics = [score.metric for score in contest["base"].scores]
    head = "".join(f'<th class="number" scope="col">{escape(name)}</th>' for name in metrics)
    rows = "".join(_score_row(model, evaluation) for model, evaluation in contest.items())
    return (
        f'<div class="card"><table class="scores"><caption>{escape(caption)}</caption>'
        f'<thead><tr><th scope="col">model</th>'
        f'<th scope="col">{escape(metrics[0])}, 0 to 1</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _score_row(model: str, evaluation: Evaluation) -> str:
    numbers = "".join(
        f'<td class="number">{score.value:.3f}<br>'
        f'<span class="soft">{score.low:.3f} to {score.high:.3f}</span></td>'
        for score in evaluation.scores
    )
    note = f'<br><span class="soft">{escape(evaluation.note)}</span>' if evaluation.note else ""
    return (
        f'<tr class="{escape(model)}"><th scope="row">{escape(MODEL_NAMES[model])}{note}</th>'
        f'<td class="wide">{_bar(evaluation.scores[0])}</td>{numbers}</tr>'
    )


def _bar(score: Score) -> str:
    low, value, high = (f"{200 * number:.1f}" for number in (score.low, score.value, score.high))
    return (
        '<svg class="bar" viewBox="-4 0 208 20" aria-hidden="true">'
        '<line x1="0" y1="10" x2="200" y2="10"/>'
        f'<line class="span" x1="{low}" y1="10" x2="{high}" y2="10"/>'
        f'<circle cx="{value}" cy="10" r="4"/></svg>'
    )


def curves(steps: Sequence[Step], evaluations: Sequence[Evaluation], best_step: int | None) -> str:
    """Loss, and the score on validation, over the steps of training; empty without steps."""
    if not steps:
        return ""
    losses = [(float(step.step), step.loss) for step in steps]
    looks = [found for found in evaluations if found.model == "tuned" and found.step is not None]
    start = next(
        found for found in evaluations if (found.model, found.split) == ("base", "validation")
    )
    last = steps[-1].step
    x = Axis(low=0.0, high=float(last), ticks=(0.0, float(best_step or last), float(last)))
    loss = chart(
        [
            Line(name="loss of each step", style="faint", points=losses),
            Line(name="loss", style="loss", points=_smooth(losses)),
        ],
        x,
        round_axis([value for _, value in losses]),
        title="Training loss by step",
        x_name="step",
    )
    score = chart(_validation_lines(start, looks, last), x, UNIT, title="Score", x_name="step")
    metric = start.scores[0].metric.capitalize()
    chosen = f"step {best_step} was kept" if best_step else "no step was better than the base"
    return (
        '<h2>How training went</h2><div class="pair">'
        f'<figure class="card"><h3>Loss on the target tokens</h3>{loss}'
        "<figcaption>Each step, and its running mean, in nats per token.</figcaption></figure>"
        f'<figure class="card"><h3>{escape(metric)} on validation</h3>{score}'
        f"<figcaption>{start.n_rows} validation rows with 95% intervals; dashed: the base model; "
        f"{chosen}.</figcaption></figure></div>"
    )


def _validation_lines(start: Evaluation, looks: Sequence[Evaluation], last: int) -> list[Line]:
    first = start.scores[0]
    scores = [(0.0, first), *((float(look.step or 0), look.scores[0]) for look in looks)]
    return [
        Line(name="base", style="base", points=[(0.0, first.value), (float(last), first.value)]),
        Line(
            name="tuned",
            style="tuned",
            points=[(at, score.value) for at, score in scores],
            band=[(at, score.low, score.high) for at, score in scores],
            has_dots=True,
        ),
    ]


def _smooth(
    points: Sequence[tuple[float, float]], weight: float = 0.8
) -> list[tuple[float, float]]:
    """Running mean that forgets; it starts at the first value."""
    smooth = [points[0]]
    for at, value in points[1:]:
        smooth.append((at, weight * smooth[-1][1] + (1 - weight) * value))
    return smooth


def confusions(results: Mapping[str, Sequence[PredictionLine]], labels: Sequence[str]) -> str:
    """A matrix for each model that has predictions."""
    cards = [
        card(MODEL_NAMES[model].capitalize(), _matrix(lines, labels))
        for model, lines in results.items()
        if lines
    ]
    return f'<div class="pair">{"".join(cards)}</div>'


def _matrix(lines: Sequence[PredictionLine], labels: Sequence[str]) -> str:
    counts = Counter((line.target, line.predicted) for line in lines)
    totals = Counter(line.target for line in lines)
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    rows = "".join(
        f'<tr><th scope="row">{escape(target)}</th>'
        + "".join(_cell(counts[target, label], totals[target]) for label in labels)
        + "</tr>"
        for target in labels
    )
    return (
        '<table class="matrix"><caption>Rows: the right class; columns: the answer.</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(count: int, total: int) -> str:
    share = count / total if total else 0.0
    return (
        f'<td style="background: rgba(var(--shade), {0.08 + 0.5 * share:.2f})">{count}'
        f'<br><span class="soft">{share:.0%}</span></td>'
    )


def calibration(results: Mapping[str, Sequence[PredictionLine]]) -> str:
    """How sure each model is against how often it is right."""
    notes = [_calibration_note(model, lines) for model, lines in results.items() if lines]
    return f"<h2>Whether its certainty can be trusted</h2>{''.join(notes)}"


def _calibration_note(model: str, lines: Sequence[PredictionLine]) -> str:
    sure = sum(max(line.probabilities.values()) for line in lines) / len(lines)
    right = sum(line.predicted == line.target for line in lines) / len(lines)
    gap = sure - right
    verdict = "about right" if abs(gap) < 0.03 else "too sure" if gap > 0 else "not sure enough"
    return (
        f"<p>The {MODEL_NAMES[model]} gives its answers a probability of {sure:.3f} on average and "
        f"is right {right:.3f} of the time: {verdict} (by {abs(gap):.3f}).</p>"
    )


def flips(
    base: Sequence[PredictionLine],
    tuned: Sequence[PredictionLine],
    texts: Mapping[tuple[str, int], str],
) -> str:
    """The rows that tuning fixed and those that it broke, with their text."""
    if not tuned:
        return ""
    pairs = list(zip(base, tuned, strict=True))
    fixed = [
        two for one, two in pairs if one.predicted != one.target and two.predicted == two.target
    ]
    broken = [
        two for one, two in pairs if one.predicted == one.target and two.predicted != two.target
    ]
    return (
        "<h2>What changed, row by row</h2>"
        f"<p>Tuning fixed {len(fixed)} rows and broke {len(broken)}.</p>"
        '<div class="pair">'
        + _flip_list("Fixed", "fixed", fixed, texts)
        + _flip_list("Broken", "broken", broken, texts)
        + "</div>"
    )


def _flip_list(
    title: str,
    style: str,
    lines: Sequence[PredictionLine],
    texts: Mapping[tuple[str, int], str],
) -> str:
    items = [_flip(line, style, texts[line.file, line.line]) for line in lines]
    rest = "".join(items[N_FLIPS:])
    more = (
        f"<details><summary>{len(items) - N_FLIPS} more</summary>{rest}</details>" if rest else ""
    )
    return f"<section><h3>{title}: {len(items)}</h3>{''.join(items[:N_FLIPS])}{more}</section>"


def _flip(line: PredictionLine, style: str, text: str) -> str:
    probability = line.probabilities[line.predicted]
    return (
        f'<div class="flip {style}"><q>{escape(text)}</q><br><span class="soft">'
        f"{escape(line.file)}, line {line.line}: is {escape(line.target)}, tuned says "
        f"{escape(line.predicted)} ({probability:.2f})</span></div>"
    )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
