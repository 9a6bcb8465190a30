"""Formatting: blanks change, and nothing else ever does."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from templates import sample
from tunesmith.prompt.files import LoadedPrompt, load_prompt
from tunesmith.prompt.format import FormatError, format_prompt
from tunesmith.prompt.output import RenderError
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import render

BESIDE = Path(__file__).parents[3] / "shared" / "dotprompt-spec"
SPECIFICATION = Path(os.environ.get("DOTPROMPT_SPEC_DIR", BESIDE))


def loaded(text: str, name: str = "case.prompt") -> LoadedPrompt:
    return load_prompt(text, Path("/nowhere") / name, Path("/nowhere"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{{ name }}  {{  user.name}}", "{{name}}  {{user.name}}"),
        ("{{#if  a }} x {{ else  if b }}y{{/if }}", "{{#if a}} x {{else if b}}y{{/if}}"),
        ("{{>p  a  b = 1}}{{#>p}}x{{/ p}}", "{{> p a b=1}}{{#> p}}x{{/p}}"),
        ("{{~ a ~}} {{{ a }}} {{& a }}", "{{~a~}} {{{a}}} {{&a}}"),
        ("{{#each a as | x  i |}}{{/each}}", "{{#each a as |x i|}}{{/each}}"),
        ("{{json ( lookup a 'x  y' ) indent = 2}}", "{{json (lookup a 'x  y') indent=2}}"),
        ("{{!  note  }}{{!--  note  --}}", "{{!  note  }}{{!--  note  --}}"),
        ("{{media\n  url=a }}", "{{media\n  url=a }}"),
        ("\\{{ a }} {{{{ raw }}}}{{ a }}{{{{/raw}}}}", "\\{{ a }} {{{{raw}}}}{{ a }}{{{{/raw}}}}"),
        ('{"a": {"b": 1}}  \n\n\n', '{"a": {"b": 1}}  \n\n\n'),
        (
            "---  \nmodel:   x  # why  \ninput:  {schema:  {a:   string}}\t\n--- \n\n{{ a }}  \n",
            "---\nmodel: x  # why\ninput: {schema: {a: string}}\n---\n\n{{a}}  \n",
        ),
        ("---\r\nmodel: x  \r\n---\r\n{{ a }}\r\n", "---\r\nmodel: x\r\n---\r\n{{a}}\r\n"),
        ("---\ndescription: |\n  two  \n---\nx", "---\ndescription: |\n  two  \n---\nx"),
        ("---\ndescription: 'a:   b'\n---\nx", "---\ndescription: 'a:   b'\n---\nx"),
    ],
)
def test_blanks(before: str, after: str) -> None:
    assert format_prompt(loaded(before)) == after
    assert format_prompt(loaded(after)) == after


def test_a_partial_has_no_frontmatter_to_format() -> None:
    text = "---\nmodel:   x  \n---\n{{ a }}"

    assert format_prompt(loaded(text, "_part.prompt")) == "---\nmodel:   x  \n---\n{{a}}"


@pytest.mark.parametrize("text", ["{{#if a}}", "{{ a", "---\na: b: c\n---\n{{ a }}"])
def test_a_broken_prompt_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="line"):
        format_prompt(loaded(text))


def rendered(text: str, values: dict, partials: dict[str, str]) -> object:
    try:
        result = render(parse(text), values, partials=partials)
    except RenderError as error:
        return str(error)
    target = "".join(part.text for part in result.target or ())
    return [(one.role, one.text) for one in result.messages], target


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1_000_000))
def test_no_rendering_ever_changes(seed: int) -> None:
    one = sample(seed)

    after = format_prompt(loaded(one.template))

    assert rendered(after, one.values, one.partials) == rendered(
        one.template, one.values, one.partials
    )
    assert format_prompt(loaded(after)) == after
    assert "".join(after.split()) == "".join(one.template.split())


@settings(max_examples=300, deadline=None)
@given(st.text("{}#/~!^>&| ab\n\"'=()[].@-\\", max_size=40))
def test_any_text_is_formatted_or_refused(text: str) -> None:
    try:
        after = format_prompt(loaded(text))
    except FormatError:
        return
    assert "".join(after.split()) == "".join(text.split())
    assert format_prompt(loaded(after)) == after


def test_the_templates_of_the_specification_render_as_before() -> None:
    if not SPECIFICATION.is_dir():
        pytest.skip(f"the specification's test cases are not at {SPECIFICATION}")
    n_templates = 0
    for path in sorted(SPECIFICATION.rglob("*.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8")):
            after = format_prompt(loaded(group["template"]))
            n_templates += 1
            for test in group["tests"]:
                values = {**group.get("data", {}), **test.get("data", {})}.get("input", {})
                assert rendered(after, values, group.get("partials", {})) == rendered(
                    group["template"], values, group.get("partials", {})
                )
    assert n_templates > 40
