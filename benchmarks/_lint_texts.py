"""Files of any length: a prompt, and for the peers a file of theirs of as many lines."""

import random
from collections.abc import Sequence

_NAMES = ("review", "title", "author", "score", "genre", "year", "note", "place")
_HEAD = (
    "---",
    "model: googleai/gemini-2.5-flash",
    "input:",
    "  schema:",
    *(f"    {name}: string" for name in _NAMES),
    "    items(array): string",
    "---",
    '{{role "system"}}You judge films, and you are brief.',
    '{{role "user"}}Judge this one.',
)
_LINE = ("The {{NAME}} of this film is {{NAME}}, or it may be {{NAME}}.",)
_IF = (
    "{{#if NAME}}It says {{NAME}} of {{NAME}}.",
    "{{else}}It says no more than {{NAME}} and {{NAME}}.",
    "{{/if}}What is {{NAME}}, and what is {{NAME}}?",
)
_EACH = (
    "{{#each items}}",
    "- {{this}} {{@index}} {{../NAME}} {{../NAME}} {{../NAME}} {{../NAME}}",
    "{{/each}}{{NAME}}",
)
_YAML = ("NAME_NUMBER:", "  text: of this NAME", "  items: [1, two, 3.5]")
_PYTHON = ("def NAME_NUMBER(a, b):", "    c = a + b * 2", "    return c", "", "")


def prompt(n_lines: int) -> str:
    """A prompt with three tags a line: variables, conditions and lists."""
    return _text(n_lines, _HEAD, (_IF, _EACH, _LINE, _LINE))


def yaml(n_lines: int) -> str:
    """Mappings of texts and lists."""
    return _text(n_lines, (), (_YAML,))


def python(n_lines: int) -> str:
    """Small functions."""
    return _text(n_lines, (), (_PYTHON,))


def _text(n_lines: int, head: Sequence[str], groups: Sequence[Sequence[str]]) -> str:
    chance = random.Random(7)
    lines = [*head]
    while len(lines) < n_lines:
        group = [line.replace("NUMBER", str(len(lines))) for line in chance.choice(groups)]
        if len(lines) + len(group) > n_lines:
            group = [groups[-1][0].replace("NUMBER", str(len(lines)))]
        lines += [_named(line, chance) for line in group]
    return "\n".join(lines) + "\n"


def _named(line: str, chance: random.Random) -> str:
    while "NAME" in line:
        line = line.replace("NAME", chance.choice(_NAMES), 1)
    return line
