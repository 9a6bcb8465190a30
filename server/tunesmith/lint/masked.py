"""What must not be read by others, found without being shown."""

from dataclasses import dataclass

from tunesmith.prompt.text import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A place that holds such a thing, and what may be said of it."""

    span: Span
    what: str
    """Its kind with an article, such as `an e-mail address`."""
    shown: str
    """Its first characters, the rest left out."""

    def __str__(self) -> str:
        return f"{self.what} ({self.shown})"


def masked(what: str, text: str, start: int, end: int, n_shown: int) -> Masked:
    """The stretch of `text` from `start` to `end`, of which a person is shown the beginning."""
    return Masked(
        span=Span(start, end), what=what, shown=text[start : min(start + n_shown, end)] + "***"
    )
