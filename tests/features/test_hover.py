from pathlib import Path

import pytest
from lsprotocol import types

from tunesmith.data.table import parse_table
from tunesmith.features.hover import hover
from tunesmith.features.vocabulary import HELPERS, key_doc
from tunesmith.prompt import variables
from tunesmith.prompt.files import load_prompt
from tunesmith.prompt.text import LineIndex

TEXT = """---
tunesmith.data:
  train: d.csv
  columns:
    review: text
tunesmith.train:
  epochs: 2
---
{{role "system"}}Be brief. {{review}} {{other}} {{#if review}}x{{/if}}
"""
TABLE = parse_table(Path("d.csv"), b"text,label\nfine ``` film,good\n")


def text_at(word: str, n: int = 0) -> str | None:
    """The hover over the n-th occurrence of a word."""
    offset = -1
    for _ in range(n + 1):
        offset = TEXT.index(word, offset + 1)
    loaded = load_prompt(TEXT, Path("/w/p.prompt"), Path("/w"))
    found = hover(loaded, TABLE, offset + 1, LineIndex(TEXT), "utf-16")
    if found is None:
        return None
    assert isinstance(found.contents, types.MarkupContent)
    return found.contents.value


def test_a_variable_shows_its_column_and_an_example_that_stays_in_its_box():
    assert text_at("review", 1) == (
        "**review**: variable, column `text` of `d.csv`, in row 1:\n````text\nfine ``` film\n````"
    )


def test_a_variable_without_a_column_says_so():
    assert text_at("other") == "**other**: variable\n\n`d.csv` has no column `other`."


def test_an_option_shows_what_it_may_be():
    assert text_at("epochs") == (
        "**epochs**\n\nHow often training goes over its rows.\n\n"
        "A whole number from 1 to 100; default: `1`."
    )


@pytest.mark.parametrize(
    ("word", "start"),
    [
        ("train:", "**train**\n\nCSV, TSV or JSONL file"),
        ("role", '`{{role "system"}}` begins a turn'),
        ("if", "`{{#if value}}"),
        ('"system"', "What stands above the conversation"),
    ],
)
def test_keys_helpers_and_roles_are_explained(word, start):
    assert (text_at(word) or "").startswith(start)


def test_plain_text_says_nothing():
    assert text_at("Be brief") is None


def test_every_helper_is_explained():
    assert set(HELPERS) == variables.HELPERS


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (("tunesmith.task",), "classification"),
        (("tunesmith.train", "method"), "lora"),
        (("tunesmith.eval", "test_rows"), "Rows of the test split"),
        (("tunesmith.preview", "temperature"), "0 always takes"),
        (("output", "format"), "json"),
    ],
)
def test_keys_come_from_the_catalog(path, word):
    assert word in (key_doc(path) or "")
