"""What is found in a text does not depend on how it came to be what it is."""

import random
from pathlib import Path

import pytest

from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_text
from tunesmith.lint.selection import Selection
from tunesmith.prompt import template
from tunesmith.prompt.files import load_prompt
from tunesmith.wire.finding import Finding

HEAD = "---\ninput: {schema: {a: string, b?: integer, items(array): {name: string}}}\n---\n"
PIECES = [
    *(
        "{{a}}",
        "{{b}}",
        "{{c}}",
        "{{this}}",
        "{{name}}",
        "{{#each items}}",
        "{{/each}}",
        "{{else}}",
    ),
    *(
        "{{#if a}}",
        "{{/if}}",
        '{{role "user"}}',
        '{{role "system"}}',
        '{{role "bot"}}',
        "{{> part}}",
    ),
    *("{{!-- x --}}", "{{json a}}", "{{upper a}}", "{{media url=a}}", "{{", "}}", "{a}", "\n", " "),
    *("Say in one word. ", "Explain your reasons. ", "Repeat what has been said so far here. "),
    *("```\n", "<|im_start|>user\n", "Review: fine\nMood: good\n", "TODO: more\n", "a@b.org "),
]


def found(text: str, root: Path, name: str) -> list[Finding]:
    loaded = load_prompt(text, root / name, root)
    return lint_text(loaded, gather(loaded, root), Selection(preset="strict"))


@pytest.mark.parametrize("seed", range(60))
def test_findings_of_an_edited_prompt(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template, "LENGTH", 20)
    (tmp_path / "_part.prompt").write_text("{{b}}{{d}}")
    chance = random.Random(seed)
    text = HEAD + "".join(chance.choices(PIECES, k=40))
    found(text, tmp_path, "edited.prompt")
    for turn in range(4):
        at = chance.randrange(len(HEAD), len(text) + 1)
        new = "".join(chance.choices(PIECES, k=chance.randrange(3)))
        text = text[:at] + new + text[at + chance.choice([0, 0, 1, 9]) :]

        edited = found(text, tmp_path, "edited.prompt")

        assert edited == found(text, tmp_path, f"new{turn}.prompt")
