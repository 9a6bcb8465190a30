"""What stands above the first line of a prompt: what can be done with it, and what was found."""

from dataclasses import dataclass

from lsprotocol import types

from tunesmith.features.run_view import scores_in_short
from tunesmith.jobs.store import Run
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import (
    CANCEL_COMMAND,
    EVALUATE_COMMAND,
    FINE_TUNE_COMMAND,
    PREVIEW_COMMAND,
    TOKENS_COMMAND,
    PromptParams,
    RunParams,
)


@dataclass(frozen=True, kw_only=True)
class LensFacts:
    """What is known about a prompt beside its text."""

    has_data: bool = False
    """Whether there is training data."""
    n_rows: int | None = None
    """Of it; None where it is too large to be counted on the way."""
    render_hash: str = ""
    last_scored: Run | None = None
    """The newest run of it that has scores."""
    live: Run | None = None
    """The newest run of it that has not ended."""


def code_lenses(uri: str, facts: LensFacts) -> list[types.CodeLens]:
    """Preview, fine-tune, evaluate, tokens; and cancel, while there is something to cancel."""
    prompt = PromptParams(uri=uri)
    rows = f" · {facts.n_rows:,} rows" if facts.n_rows is not None else ""
    lenses = [
        _lens("Preview", PREVIEW_COMMAND, prompt),
        _lens(f"Fine-tune with this prompt{rows}", FINE_TUNE_COMMAND, prompt),
        _lens(f"Evaluate{_score(facts)}", EVALUATE_COMMAND, prompt),
    ]
    if facts.has_data and facts.n_rows != 0:
        lenses.append(_lens("Tokens of row 1", TOKENS_COMMAND, prompt))
    if facts.live:
        # How far it is stands in the progress bar: a lens is asked for too rarely to keep up.
        lenses.append(_lens("Cancel run", CANCEL_COMMAND, RunParams(runId=facts.live.run_id)))
    return lenses


def _score(facts: LensFacts) -> str:
    if facts.last_scored is None:
        return ""
    # Training settings do not make a score stale; another wording does.
    is_stale = facts.last_scored.spec.prompt.render_hash != facts.render_hash
    stale = " (of an earlier wording)" if is_stale else ""
    return f" · ✓ {scores_in_short(facts.last_scored.state)}{stale}"


def _lens(title: str, command: str, argument: PromptParams | RunParams) -> types.CodeLens:
    start = types.Position(0, 0)
    return types.CodeLens(
        range=types.Range(start, start),
        command=types.Command(title=title, command=command, arguments=[to_plain(argument)]),
    )
