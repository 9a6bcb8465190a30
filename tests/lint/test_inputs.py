from pathlib import Path
from textwrap import indent

import pytest

from tunesmith.lint.inputs import Inputs, declared_inputs, defaults_of, takes_whole_row
from tunesmith.prompt.files import load_prompt
from tunesmith.prompt.parse import parse


def inputs_of(frontmatter: str, folder: Path, name: str = "a.prompt") -> Inputs | None:
    text = f"---\n{frontmatter}\n---\nHello"
    return declared_inputs(load_prompt(text, folder / name, folder))


def names(found: Inputs | None) -> dict[str, bool]:
    """Each name, and whether it is optional."""
    assert found is not None
    return {name: item.is_optional for name, item in found.declared.items()}


def test_picoschema_keys_are_read_down_to_their_names(tmp_path: Path):
    schema = "a: string, a text\nb?: integer\nc(array, all of them): string\nd?(enum): [x, y]"
    found = inputs_of(
        f"input:\n schema:\n{indent(schema, '  ')}\n  e(object): {{f: any}}", tmp_path
    )

    assert names(found) == {"a": False, "b": True, "c": False, "d": True, "e": False}


def test_a_json_schema_lists_properties_and_says_which_are_required(tmp_path: Path):
    schema = "{type: object, properties: {a: {type: string}, b: {type: string}}, required: [a]}"

    assert names(inputs_of(f"input: {{schema: {schema}}}", tmp_path)) == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("schema", "is_open"),
    [
        ("{a: string}", False),
        ("{a: string, (*): string}", True),
        ("{properties: {a: {}}}", False),
        ("{properties: {a: {}}, additionalProperties: false}", False),
        ("{properties: {a: {}}, additionalProperties: {type: string}}", True),
    ],
)
def test_a_schema_may_allow_further_names(schema: str, is_open: bool, tmp_path: Path):
    found = inputs_of(f"input: {{schema: {schema}}}", tmp_path)

    assert found is not None
    assert found.is_open is is_open


@pytest.mark.parametrize("frontmatter", ["input: {schema: Review}", "input: 3", "model: x"])
def test_a_schema_that_lists_no_names_declares_nothing(frontmatter: str, tmp_path: Path):
    assert inputs_of(frontmatter, tmp_path) is None


def test_a_variant_takes_the_inputs_of_its_parent_as_a_whole(tmp_path: Path):
    parent = "---\ninput: {schema: {a: string, b: string}, default: {a: x}}\n---\n"
    (tmp_path / "a.prompt").write_text(parent)

    inherited = inputs_of("model: x", tmp_path, "a.short.prompt")
    own = inputs_of("input: {schema: {b: string}}", tmp_path, "a.short.prompt")

    assert inherited is not None
    assert (names(inherited), inherited.is_inherited) == ({"a": False, "b": False}, True)
    assert own is not None
    assert (names(own), own.is_inherited) == ({"b": False}, False)
    loaded = load_prompt("Hello", tmp_path / "a.short.prompt", tmp_path)
    assert defaults_of(loaded) == {"a"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{json this}}", True),
        ("{{#each this}}{{@key}}{{/each}}", True),
        ("{{#each items}}{{json ..}}{{/each}}", True),
        ("{{json @root}}", True),
        ("{{#if a}}{{else}}{{json this}}{{/if}}", True),
        ("{{> footer this}}", True),
        ("{{#each items}}{{this}}{{/each}}", False),
        ("{{#items}}{{json this}}{{/items}}", False),
        ("{{this.a}}{{json a}}", False),
        ("{{> all}}", True),
        ("{{> name}}", False),
        ("{{> all a}}", False),
        ("{{#each items}}{{> all}}{{/each}}", False),
        ("{{#each items}}{{> root}}{{/each}}", True),
    ],
)
def test_a_template_may_take_all_its_variables_at_once(template: str, expected: bool):
    partials = {"all": "{{json this}}", "name": "{{this.a}}", "root": "{{json @root}}"}

    assert takes_whole_row(parse(template).template, partials) is expected
