"""Uses of fields that an input schema does not describe, scope by scope."""

import pytest

from tunesmith.lint.fields import unknown_fields
from tunesmith.prompt.parse import parse
from tunesmith.prompt.picoschema import to_json_schema

SCHEMA = """
title: string
films(array):
  name: string
  year?: integer
  cast(array): {name: string}
place(object): {city: string}
notes(object): {(*): string}
author: Author
flag: boolean
"""
PARTIALS = {"film": "{{name}} {{title}}", "outer": "{{../title}}", "own": "{{> film}}"}


def unknown(template: str, schema: str = SCHEMA) -> list[str]:
    """Owner and name of every unknown field."""
    head = parse(f"---\n{schema}\n---\n").frontmatter
    assert head
    json = to_json_schema(head.root).json or {}
    found = unknown_fields(parse(template), PARTIALS, json)
    return [f"{item.owner} {item.name}" for item in found]


@pytest.mark.parametrize(
    "template",
    [
        "{{title}} {{films}} {{films.length}} {{films.0.name}} {{title.length}} {{place.city}}",
        "{{#each films}}{{name}} {{year}} {{this.name}} {{@index}} {{../title}}{{/each}}",
        "{{#each films as |film n|}}{{film.name}} {{n.x}} {{name}}{{/each}}",
        "{{#each films}}{{#each cast}}{{name}} {{../name}} {{../../title}}{{/each}}{{/each}}",
        "{{#with place}}{{city}}{{else}}{{title}}{{/with}}",
        "{{#films}}{{name}}{{/films}} {{^films}}{{title}}{{/films}} {{#place}}{{city}}{{/place}}",
        "{{notes.anything}} {{author.name.first}} {{#with author}}{{x}}{{/with}}",
        "{{#each notes}}{{this}} {{@key}}{{/each}} {{lookup place x}}",
        "{{#if films}}{{films.0.cast.0.name}}{{/if}} {{@root.place.city}} {{@state.x.y}}",
        "{{> film name=title}} {{#each films}}{{> film title=../title}}{{/each}}",
        "{{> absent place}}",
        "{{#each films}}{{> outer}}{{/each}} {{unheard}} {{unheard.of}} {{../title}}",
    ],
)
def test_fields_that_are_there(template: str):
    assert unknown(template) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{place.town}} {{@root.place.town}}", ['"place" town', '"place" town']),
        ("{{films.name}}", ['"films" name']),
        ("{{title.name}} {{flag.x}}", ['"title" name', '"flag" x']),
        ("{{#each films}}{{title}}{{/each}}", ['"this" title']),
        (
            "{{#each films}}{{#each cast}}{{year}}{{../rating}}{{/each}}{{/each}}",
            ['"this" year', '"this" rating'],
        ),
        ("{{#each films as |film|}}{{film.title}}{{/each}}", ['"film" title']),
        ("{{#with place}}{{this.title}}{{/with}}", ['"this" title']),
        ("{{#if place.town}}{{json films.0.title}}{{/if}}", ['"place" town', '"0" title']),
        ("{{#each films}}{{> own}}{{/each}}", ['"this" title']),
        ("{{> film place}}", ['"this" name', '"this" title']),
        ("{{#each (lookup place 'x')}}{{place.town}}{{/each}}", []),
        ("{{> (lookup place.town 'x')}}", ['"place" town']),
    ],
)
def test_fields_that_are_not(template: str, expected: list[str]):
    assert unknown(template) == expected


def test_json_schema_with_combinations_is_open():
    schema = "{properties: {a: {type: object, properties: {b: {}}, allOf: []}}}"

    assert unknown("{{a.b}} {{a.c}}", schema) == []


def test_a_flat_schema_asks_for_no_walk():
    assert unknown("{{a.b}}", "a: any") == []
