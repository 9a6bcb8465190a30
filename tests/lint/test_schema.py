"""The schema of a frontmatter, by an independent judge, and our own judge beside it."""

import doctest
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tunesmith.lint import validate
from tunesmith.lint.schema import OURS, frontmatter_schema
from tunesmith.lint.validate import misfits
from tunesmith.prompt.model import Yaml
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml

ROOT = Path(__file__).parents[2]
SPEC_DIR = Path(os.environ.get("DOTPROMPT_SPEC_DIR", ROOT.parent / "shared" / "dotprompt-spec"))
JUDGE: Any = Draft202012Validator(frontmatter_schema())
PROPERTIES: Any = frontmatter_schema()["properties"]


def root_of(text: str) -> Yaml:
    root, problems = read_yaml(text, Span(0, len(text)))
    assert not problems
    return root


def heads() -> Iterator[Any]:
    """The frontmatter of our prompts and of the specification's templates."""
    for path in sorted((ROOT / "prompts").glob("*.prompt")):
        yield pytest.param(path.read_text(encoding="utf-8"), id=path.name)
    for path in sorted(SPEC_DIR.rglob("*.yaml")):
        for suite in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(suite["template"], id=f"{path.stem}-{suite['name']}")


def test_it_is_a_json_schema():
    Draft202012Validator.check_schema(frontmatter_schema())


@pytest.mark.parametrize("text", list(heads()))
def test_good_frontmatter_fits(text: str):
    head = parse(text).frontmatter

    assert list(JUDGE.iter_errors(head.root.value if head else None)) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tunesmith.train: {epoch: 1}", ["tunesmith.train"]),
        ("tunesmith.train: {epochs: 0}", ["tunesmith.train", "epochs"]),
        ("tunesmith.train: {method: lorra}", ["tunesmith.train", "method"]),
        ("tunesmith.data: {train: [a.csv]}", ["tunesmith.data", "train"]),
        ("tunesmith.trian: {}", ["tunesmith.trian"]),
        ("tunesmith.train.lr: 1", ["tunesmith.train.lr"]),
        ("tools: search", ["tools"]),
        ("config: {topP: 2}", ["config", "topP"]),
        ("version: 1.5", ["version"]),
        ("toolDefs: [{name: a}]", ["toolDefs", 0]),
    ],
)
def test_bad_frontmatter_does_not(text: str, place: list[object]):
    (error,) = JUDGE.iter_errors(root_of(text).value)

    assert list(error.absolute_path) == place


def test_every_key_may_be_empty_while_it_is_written():
    for key in PROPERTIES:
        assert list(JUDGE.iter_errors({key: None})) == []


def test_our_keys_are_all_described():
    assert set(OURS) == {key for key in PROPERTIES if key.startswith("tunesmith.")}
    for key in OURS:
        for schema in PROPERTIES[key].get("properties", {}).values():
            assert schema["description"].endswith(".")


SCALARS = st.sampled_from(["hot", "lora", "1", "", 0, 1, 3, -1, 2.5, 1000.0, True, False])
KEYS = st.sampled_from(["model", "config", "temperature", "topK", "train", "epochs", "method", "x"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3)
)
SECTIONS = st.sampled_from(sorted(PROPERTIES))


@settings(deadline=None)
@given(st.dictionaries(SECTIONS, VALUES, max_size=3))
def test_our_own_judge_agrees_with_the_independent_one(value: dict[str, Any]):
    root = root_of(yaml.safe_dump(value, allow_unicode=True))

    ours = bool(list(misfits(root, frontmatter_schema())))

    assert ours == (not JUDGE.is_valid(root.value))


@settings(deadline=None)
@given(VALUES, st.dictionaries(st.sampled_from(["type", "properties", "items", "enum"]), VALUES))
def test_any_schema_can_be_held_against_any_value(value: Any, schema: dict[str, Any]):
    root = root_of(yaml.safe_dump({"a": value}))

    for misfit in misfits(root, {"properties": {"a": schema}}):
        assert misfit.message


def test_examples_in_docstrings_hold():
    assert doctest.testmod(validate).failed == 0
    assert doctest.testmod(validate).attempted > 0
