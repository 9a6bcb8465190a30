"""What is wrong with a text that is no prompt as it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.text import Span

ProblemCode = Literal[
    "invalid-yaml",
    "frontmatter-unclosed",
    "duplicate-key",
    "unclosed-block",
    "unmatched-closing-block",
    "unbalanced-brace",
    "too-deep",
]
MAX_PROBLEMS = 100
"""That are told of one template."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something in the text that could not be read as it stands."""

    code: ProblemCode
    """Name of the rule that reports it."""
    span: Span
    message: str

    def moved(self, by: int) -> "Problem":
        """The same, `by` code points further on."""
        return Problem(code=self.code, span=self.span.moved(by), message=self.message)


def most_telling(problems: Iterable[Problem]) -> list[Problem]:
    """The first hundred, in order of place; broken braces go first, since others follow from them.

    Those of two parts of a template together are the most telling ones of both.
    """
    chosen = sorted(problems, key=lambda one: (one.code != "unbalanced-brace", one.span.start))
    return sorted(chosen[:MAX_PROBLEMS], key=lambda one: one.span.start)
