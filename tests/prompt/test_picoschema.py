"""Picoschema beyond the cases of the specification: faults, names and odd texts."""

import doctest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.prompt import metadata, picoschema
from tunesmith.prompt.model import Entry, Yaml
from tunesmith.prompt.picoschema import Key, Schema, split_description, split_key, to_json_schema
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml


def value_of(text: str) -> Yaml:
    root, problems = read_yaml(f"schema: {text}", Span(0, len(text) + 8))
    entry = root.entry("schema")
    assert entry
    assert not problems
    return entry.value


def read(text: str) -> Schema:
    return to_json_schema(value_of(text))


def fields(text: str) -> Any:
    json = read(text).json
    assert json
    return json["properties"]


def faults(text: str) -> list[tuple[str, str]]:
    """Each fault with the text that it marks."""
    source = f"schema: {text}"
    return [(fault.span.of(source), fault.message) for fault in read(text).faults]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", Key(name="a", is_optional=False)),
        ("a?", Key(name="a", is_optional=True)),
        ("a(array)", Key(name="a", is_optional=False, form="array")),
        ("a?(enum, x, y)", Key(name="a", is_optional=True, form="enum", description="x, y")),
        ("a(array)?", Key(name="a", is_optional=False, form="array)")),
        ("a(", Key(name="a", is_optional=False)),
        (
            "a(object, an (old) one)",
            Key(name="a", is_optional=False, form="object", description="an"),
        ),
    ],
)
def test_keys_are_taken_apart_as_the_runtimes_do(key: str, expected: Key):
    assert split_key(key) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", ("string", None)),
        ("string ,x", ("string ", "x")),
        ("string,", ("string", "")),
        ("string, a\nb", ("string, a\nb", None)),
        ("a\nstring, b", ("string", "b")),
    ],
)
def test_a_description_follows_the_first_comma_of_the_last_line(
    text: str, expected: tuple[str, str | None]
):
    assert split_description(text) == expected


@pytest.mark.parametrize("text", ["", "''", "0", "false", "~"])
def test_an_empty_schema_is_none(text: str):
    assert read(text) == Schema(json=None, faults=(), unresolved=())


def test_json_schema_stays_as_it_is():
    text = "{type: object, properties: {a: {type: strng}}, x-note: [1]}"

    assert read(text).json == {
        "type": "object",
        "properties": {"a": {"type": "strng"}},
        "x-note": [1],
    }
    assert read(text).faults == ()


def test_optional_fields_may_be_null():
    assert fields("{a?: string, b?(array): string, c?(object): {}, d?(enum): [x], e?: any}") == {
        "a": {"type": ["string", "null"]},
        "b": {"type": ["array", "null"], "items": {"type": "string"}},
        "c": {"type": ["object", "null"], "properties": {}, "additionalProperties": False},
        "d": {"enum": ["x", None]},
        "e": {},
    }


def test_null_stands_in_an_enum_once():
    assert fields("{a?(enum): [x, null]}") == {"a": {"enum": ["x", None]}}


def test_a_named_schema_is_looked_up_and_described_anew():
    named = {"Film": {"type": "object", "description": "a film"}}

    found = to_json_schema(value_of("{a?: 'Film, the best', b: Filn}"), named.get)

    assert found.json is not None
    assert found.json["properties"] == {
        "a": {"type": ["object", "null"], "description": "the best"},
        "b": {},
    }
    assert [item.name for item in found.unresolved] == ["Filn"]
    assert named == {"Film": {"type": "object", "description": "a film"}}


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("[string]", "[string]", "a list is no schema"),
        ("3", "3", '"3" is no schema'),
        ("{a: [x]}", "[x]", "a list is no schema"),
        ("{a: true}", "true", '"true" is no schema'),
        ("{a: }", "a", "the type is missing"),
        ("{a(enum): red}", "red", "an enum is a list of its values"),
        ("{a(lst): string}", "a(lst)", '"lst" cannot stand in parentheses'),
        ("{a(array)?: string}", "a(array)?", "the question mark of an optional field"),
        ("{a(array: string}", "a(array", "the parenthesis of this key is never closed"),
        ("{a: string, a?: number}", "a?", 'the field "a" is described already'),
        ("{type: string, name: string}", "type", 'a field called "type"'),
    ],
)
def test_a_fault_has_its_place(text: str, marked: str, message: str):
    ((found, said),) = faults(text)

    assert (found, said[: len(message)]) == (marked, message)


def test_a_fault_leaves_the_rest_as_it_is():
    assert fields("{a(lst): string, b: [x], c: string}") == {
        "a": {},
        "b": {},
        "c": {"type": "string"},
    }


KEYS = st.text(alphabet="ab?(*),raygeumobjct \n", max_size=12)
WORDS = st.sampled_from(["string", "any", "Film", "string, x", "", "object"]) | st.text(max_size=8)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def as_yaml(value: Any) -> Yaml:
    """The tree that YAML text with this value would have."""
    span = Span(0, 0)
    if isinstance(value, dict):
        entries = tuple(
            Entry(key=key, key_span=span, value=as_yaml(item)) for key, item in value.items()
        )
        return Yaml(span=span, kind="mapping", value=value, entries=entries)
    if isinstance(value, list):
        items = tuple(as_yaml(item) for item in value)
        return Yaml(span=span, kind="sequence", value=value, items=items)
    return Yaml(span=span, kind="scalar", value=value)


@settings(deadline=None)
@given(VALUES)
def test_any_value_is_read_without_an_exception(value: Any):
    found = to_json_schema(as_yaml(value))

    assert found.json is None or isinstance(found.json, dict)


def test_examples_in_docstrings_hold():
    for module in (picoschema, metadata):
        result = doctest.testmod(module)
        assert (result.failed, result.attempted > 0) == (0, True)
