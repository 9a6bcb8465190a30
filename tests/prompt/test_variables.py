"""Which inputs and helpers a prompt uses."""

import pytest

from tunesmith.prompt.parse import parse
from tunesmith.prompt.variables import called_helpers, variables

PARTIALS = {"p": "{{a}}{{given}}{{../out}}", "loop": "{{b}}{{> loop}}"}


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{{a}} {{b.c}} {{this.d}} {{./e}}", ["a", "b", "d", "e"]),
        ("{{this}} {{.}} {{@index}} {{@state.x}}", []),
        ("{{@root.a}}", ["a"]),
        ("{{#if a}}{{b}}{{else if c}}{{d}}{{else}}{{e}}{{/if}}", ["a", "b", "c", "d", "e"]),
        ("{{#each items}}{{name}}{{../title}}{{/each}}{{end}}", ["items", "title", "end"]),
        ("{{#each a}}{{#each b}}{{../x}}{{../../y}}{{/each}}{{/each}}", ["a", "y"]),
        ("{{#each a as |x|}}{{x.b}}{{#if ../c}}{{x}}{{/if}}{{/each}}", ["a", "c"]),
        ("{{#with user}}{{name}}{{/with}}", ["user"]),
        ("{{#people}}{{name}}{{/people}}", ["people"]),
        ("{{^people}}{{a}}{{else}}{{name}}{{/people}}", ["people", "a"]),
        ("{{json a indent=n}} {{media url=b}} {{role c}}", ["a", "n", "b", "c"]),
        ('{{json (lookup a "k")}} {{#ifEquals b 1}}{{/ifEquals}}', ["a", "b"]),
        ("{{history}} {{role 'user'}} {{true}}", ["true"]),
        ("{{> p}}", ["a", "given"]),
        ("{{> p given=b}}", ["b", "a"]),
        ("{{> p user}}", ["user"]),
        ("{{> loop}}", ["b"]),
        ("{{#each xs}}{{> p}}{{/each}}", ["xs"]),
        ("{{#> gone}}{{a}}{{/gone}}", ["a"]),
    ],
)
def test_variables(template: str, names: list[str]) -> None:
    assert [use.name for use in variables(parse(template), PARTIALS)] == names


def test_a_use_in_a_partial_stands_where_the_partial_is_called() -> None:
    text = "x {{> p}}"

    assert {use.span.of(text) for use in variables(parse(text), PARTIALS)} == {"{{> p}}"}


def test_called_helpers() -> None:
    text = '{{role "user"}}{{plain}}{{#iff a}}{{json (upper b)}}{{/iff}}{{#role "x"}}{{/role}}'

    found = [(call.name, call.is_block) for call in called_helpers(parse(text))]

    assert found == [
        ("role", False),
        ("iff", True),
        ("json", False),
        ("upper", False),
        ("role", True),
    ]
