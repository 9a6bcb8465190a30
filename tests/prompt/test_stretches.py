"""A text that is read from an earlier version is read as if there had been none."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tunesmith.prompt import template
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.parse import parse

PIECES = [
    *("{{a}}", "{{b.c}}", "{{json d}}", "{{~e}}", "{{f~}}", "{{{g}}}", "{{&h}}", "\\{{i}}"),
    *("{{#if k}}", "{{else}}", "{{else if l}}", "{{/if}}", "{{#each m}}", "{{/each}}", "{{^n}}"),
    *("{{/n}}", "{{> o}}", "{{#> p}}", "{{/p}}", "{{{{q}}}}", "{{{{/q}}}}", "{{!-- r --}}"),
    *("{{", "}}", "{", "}", "{{!--", "--}}", '{{t "}}"}}', '{{t "{{"}}', '{{u "', '"', "\\", "~"),
    *("{{! s }}", "{{}}", "\\\\{{j}}", "\n", "\n  ", " ", "x", "w\n", "---\n", "model: v\n"),
]  # fmt: skip
PLAIN = ["{{a}}", "{{b}} is", "{{#if c}}d{{/if}}", "e\n", "f ", "{{> g}}\n"]


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "LENGTH", 8)


@dataclass(frozen=True)
class Edit:
    start: float
    length: int
    text: str

    def of(self, text: str) -> str:
        start = int(self.start * len(text))
        return text[:start] + self.text + text[start + self.length :]


def texts(most: int) -> st.SearchStrategy[str]:
    mixed = st.lists(st.sampled_from([*PLAIN, *PIECES]), max_size=most)
    plain = st.lists(st.sampled_from(PLAIN), max_size=most)
    return st.one_of(mixed, plain).map("".join)


EDITS = st.builds(Edit, st.floats(0, 1), st.integers(0, 12), texts(3))


def everything(prompt: Prompt) -> str:
    # What tags say is compared by identity, which is of no matter here.
    return repr((prompt.body, prompt.template, prompt.problems, prompt.partial_calls))


@given(texts(40), st.lists(EDITS, min_size=1, max_size=6))
# A tag that is broken is no place for a part to begin at, since any `{{` looks like it.
@example(
    "{{> g}}\n{{#if c}}d{{/if}}{{> g}}\n",
    [Edit(0.84375, 5, ""), Edit(0.0, 0, "{{> g}}\n{{#if c}}d{{/if}}")],
)
@settings(max_examples=1000, deadline=None)
def test_a_prompt_is_what_its_text_says_and_not_how_it_came_about(
    text: str, edits: list[Edit]
) -> None:
    prompt = parse(text)
    for edit in edits:
        text = edit.of(text)
        prompt = parse(text, before=[one for _, one in prompt.stretches])

        assert everything(prompt) == everything(parse(text))
        assert "".join(one.source for _, one in prompt.stretches) == prompt.body.of(text)
