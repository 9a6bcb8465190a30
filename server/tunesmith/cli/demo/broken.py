"""A prompt with mistakes planted in it, for the linter to find."""

from dataclasses import dataclass

from tunesmith.cli.errors import CliError


@dataclass(frozen=True)
class Mistake:
    """One slip of the pen."""

    rule: str
    """Which rule finds it."""
    right: str
    wrong: str


MISTAKES = (
    Mistake("data-column-missing", "target: sentiment", "target: sentimnt"),
    Mistake("unknown-helper", '{{role "user"}}', '{{rol "user"}}'),
    Mistake("unclosed-block", "Review: {{review}}", "{{#if review}}Review: {{review}}"),
)


def break_prompt(text: str) -> str:
    """`text` with every mistake in it once. Raises CliError where it has no place for one."""
    for mistake in MISTAKES:
        if mistake.right not in text:
            raise CliError(f"the demo's prompt must contain {mistake.right!r}: restore the file")
        text = text.replace(mistake.right, mistake.wrong, 1)
    return text
