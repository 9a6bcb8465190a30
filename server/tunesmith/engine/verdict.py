"""What a run showed, in words that claim no more than its rows can show."""

from collections.abc import Mapping

from tunesmith.wire.events import MODEL_NAMES, Evaluation, Score, Split

SURE = 0.05
YARDSTICKS = ("majority", "tfidf", "prompted")


def summarise(
    evaluations: Mapping[str, Evaluation], p_value: float | None, step: int | None
) -> str:
    """One sentence: whether it helped, both numbers, the split and the intervals.

    `step` is the one whose weights were kept; 0 for none, None where nothing was trained.
    """
    return f"{claim(evaluations, p_value, step)}: {evidence(evaluations, p_value)}"


def claim(evaluations: Mapping[str, Evaluation], p_value: float | None, step: int | None) -> str:
    """The shortest true thing to say."""
    base, tuned = evaluations["base"], evaluations.get("tuned")
    if tuned is None or p_value is None:
        return f"How the {MODEL_NAMES['tuned' if tuned else 'base']} does"
    if step == 0:
        return "Tuning did not help"
    if p_value > SURE:
        return "No difference that these rows can show"
    return "Tuning helped" if tuned.scores[0].value > base.scores[0].value else "Tuning hurt"


def evidence(evaluations: Mapping[str, Evaluation], p_value: float | None) -> str:
    """The numbers behind the claim, with what they were measured on."""
    base, tuned = evaluations["base"], evaluations.get("tuned")
    where = f"on {base.n_rows} {base.split} rows"
    if tuned is None:
        return f"{show(base.scores[0])} {where}.{caution(base.split)}"
    numbers = f"{show(tuned.scores[0])} against {show_value(base.scores[0])} for the base model"
    p = "" if p_value is None else f", p = {show_p(p_value)}"
    return f"{numbers} {where}{p}.{caution(base.split)}"


def caution(split: Split) -> str:
    """What takes worth from every score on a split; empty for test."""
    if split == "test":
        return ""
    return " Choices were made on these rows, so the scores are optimistic."


def beside(evaluations: Mapping[str, Evaluation]) -> str:
    """What the best of the yardsticks says about the result."""
    rivals = [evaluations[name] for name in YARDSTICKS if name in evaluations]
    best = max(rivals, key=lambda rival: rival.scores[0].value)
    ours = evaluations.get("tuned", evaluations["base"])
    text = f"The best yardstick, {MODEL_NAMES[best.model]}, has {show(best.scores[0])}"
    if best.scores[0].value < ours.scores[0].value:
        return f"{text}."
    return f"{text}: no worse than the {MODEL_NAMES[ours.model]}, and much cheaper."


def show(score: Score) -> str:
    """A score with its interval, such as `accuracy 0.885 (0.834 to 0.922)`."""
    return f"{score.metric} {show_value(score)}"


def show_value(score: Score) -> str:
    """The value with its interval."""
    return f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"


def show_p(p_value: float) -> str:
    """A probability, short but never rounded to zero."""
    return f"{p_value:.2g}" if p_value < 0.001 else f"{p_value:.3f}"
