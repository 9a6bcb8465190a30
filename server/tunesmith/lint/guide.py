"""What a rule's docstring says, in parts: what it finds, why, and an example of each kind."""

import inspect
import unicodedata
from dataclasses import dataclass
from importlib import import_module
from textwrap import dedent

from tunesmith.lint.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Guide:
    """One rule, explained."""

    what: str
    """One line."""
    why: str
    """Some paragraphs."""
    bad: str
    """A prompt in which it finds something; files beside it follow lines `-- NAME --`."""
    good: str
    """The same, put right."""
    runs_on: tuple[str, ...]
    """`text`: at every keystroke; `data`: once the rows are read; `model`: it needs a tokenizer."""


def read_guide(rule: Rule) -> Guide | None:
    """The guide to a rule; None where Python was told to leave docstrings out (`-OO`)."""
    module = import_module(f"tunesmith.lint.rules.{rule.name.replace('-', '_')}")
    if not module.__doc__:
        return None
    text, _, example = inspect.cleandoc(module.__doc__).partition("\nBad:\n")
    what, _, why = text.strip().partition("\n\n")
    bad, _, good = example.partition("\nGood:\n")
    has_text = hasattr(module, "check")
    has_data = hasattr(module, "check_data") or hasattr(module, "scan")
    places = (("text", has_text), ("data", has_data), ("model", rule.needs_model))
    return Guide(
        what=" ".join(what.split()),
        why=why.strip(),
        bad=_example(bad),
        good=_example(good),
        runs_on=tuple(name for name, is_there in places if is_there),
    )


def _example(block: str) -> str:
    return "".join(map(_visible, dedent(block).rstrip()))


def _visible(character: str) -> str:
    """A character that cannot be seen, or that turns a line around, as its escape."""
    is_hidden = unicodedata.category(character) == "Cf"
    return f"\\u{ord(character):04x}" if is_hidden else character
