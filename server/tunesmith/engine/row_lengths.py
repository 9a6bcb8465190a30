"""Rows that have too many tokens. None is ever cut: half an answer teaches half an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.faults import WAY_OUT, Fault
from tunesmith.models.facts import context_length
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.spec import JobSpec

N_LINES = 5
"""In a message."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most tokens that a row may have."""

    n_tokens: int
    name: str
    """What sets it, as it stands after a number of tokens."""
    is_context: bool
    """The model has positions for no more, so that no setting helps."""

    def fault(self, file: str, line: int, encoded: Encoded) -> Fault:
        """Why a row is left out."""
        reason = f"{len(encoded.ids):,} tokens, more than {self.name}"
        return Fault(file=file, line=line, kind="long", reason=reason)


def training_limit(spec: JobSpec) -> Limit:
    """Of rows that are trained on."""
    max_length = int(spec.train["max_length"])
    context = context_limit(spec)
    if context and context.n_tokens < max_length:
        return context
    return Limit(n_tokens=max_length, name=f"max_length ({max_length:,})", is_context=False)


def context_limit(spec: JobSpec) -> Limit | None:
    """Of any row; None where the model does not say how many positions it has."""
    n_tokens = context_length(Path(spec.model.path))
    if n_tokens is None:
        return None
    name = f"the context of {spec.model.name} ({n_tokens:,})"
    return Limit(n_tokens=n_tokens, name=name, is_context=True)


@dataclass(frozen=True, kw_only=True)
class LongRow:
    """A row over the limit, in its longest wording."""

    file: str
    line: int
    encoded: Encoded


def refusal(rows: Sequence[LongRow], limit: Limit, n_all: int, what: str) -> str:
    """Why a run does not begin: what a limit that cuts would cost, and what to do instead.

    `what` names the split; `n_all` of its rows there are.
    """
    longest = max(len(row.encoded.ids) for row in rows)
    n_answers = sum(row.encoded.n_prompt >= limit.n_tokens for row in rows)
    lines = ", ".join(str(row.line) for row in rows[:N_LINES])
    more = f" and {len(rows) - N_LINES:,} more" if len(rows) > N_LINES else ""
    count = f"{len(rows):,} of {n_all:,} {what} rows"
    have, line = ("have", "lines") if len(rows) > 1 else ("has", "line")
    return (
        f"{rows[0].file}: {count} {have} more tokens than {limit.name}: {line} {lines}{more}. "
        f"Cut there, {len(rows):,} would lose the token that ends the answer, {n_answers:,} of "
        f"them the whole answer, so nothing is cut. {_advice(limit, longest, len(rows) == n_all)}"
    )


def _advice(limit: Limit, longest: int, is_all: bool) -> str:
    other = "shorten the prompt" if is_all else f"leave them out: {WAY_OUT}"
    if limit.is_context:
        return f"The longest has {longest:,}: take a base with a longer context, or {other}"
    return f"Set max_length: {longest} to keep all, or {other}"
