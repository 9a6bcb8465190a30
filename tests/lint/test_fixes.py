"""Repairs: offered only where exactly one is right."""

from pathlib import Path

import pytest

from fixtures import Case, fixed, lint_case

ROLE = '{{#role "system"}}'


def fixes(rule: str, text: str, folder: Path) -> list[str]:
    """The text after each repair that a rule offers."""
    found = lint_case(Case(text=text, files={}), folder)
    assert rule in [finding.rule for finding in found]
    return [fixed(text, item) for item in found if item.rule == rule and item.fix]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\nmodel: x\n{{a}}", "---\nmodel: x\n---\n{{a}}"),
        ("---\nmodel: x\n\nHello", "---\nmodel: x\n---\n\nHello"),
        ("---\r\nmodel: x\r\n\r\nHello", "---\r\nmodel: x\r\n---\r\n\r\nHello"),
    ],
)
def test_a_frontmatter_is_closed_after_its_keys(before: str, after: str, tmp_path: Path):
    assert fixes("frontmatter-unclosed", before, tmp_path) == [after]


@pytest.mark.parametrize("text", ["---\nmodel: x\nNote: be kind\n{{a}}", "---\nmodel: x\nHello"])
def test_a_frontmatter_is_not_closed_where_its_end_is_unclear(text: str, tmp_path: Path):
    assert fixes("frontmatter-unclosed", text, tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{ROLE}Be brief.{{{{/role}}}}", '{{role "system"}}Be brief.'),
        (
            f'{ROLE}\nBe brief.\n{{{{/role}}}}\n{{{{role "user"}}}}Hi',
            '{{role "system"}}\nBe brief.\n{{role "user"}}Hi',
        ),
    ],
)
def test_a_role_block_becomes_a_marker(before: str, after: str, tmp_path: Path):
    assert fixes("block-role", before, tmp_path) == [after]


@pytest.mark.parametrize("text", [f"{ROLE}Be brief.{{{{/role}}}} Hi", f"{ROLE}Be brief."])
def test_a_role_block_stays_where_the_end_of_its_turn_is_unclear(text: str, tmp_path: Path):
    assert fixes("block-role", text, tmp_path) == []


def test_a_block_is_closed_only_as_the_one_fault(tmp_path: Path):
    assert fixes("unclosed-block", "{{#if a}}b", tmp_path) == ["{{#if a}}b{{/if}}"]
    assert fixes("unclosed-block", "{{#if a}}{{#each b}}", tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a{{/if}}b", ["ab"]),
        ("{{#if a}}b{{/fi}}c", ["{{#if a}}b{{/if}}c"]),
        ("a{{/if}}{{/each}}b", []),
        ("a{{/fi}}{{#if b}}", []),
    ],
)
def test_a_stray_closing_tag_is_removed_or_renamed(before: str, after: str, tmp_path: Path):
    assert fixes("unmatched-closing-block", before, tmp_path) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{{jsn a}}", ["{{json a}}"]),
        ("{{#foreach a}}b{{/foreach}}", ["{{#each a}}b{{/each}}"]),
        ("{{uppercase a}}", []),
    ],
)
def test_a_helper_is_renamed_at_both_ends(before: str, after: str, tmp_path: Path):
    assert fixes("unknown-helper", before, tmp_path) == after


def test_a_variable_is_renamed_where_it_stands_and_not_in_a_partial(tmp_path: Path):
    head = "---\ninput: {schema: {review: string}}\n---\n{{review}}"
    (tmp_path / "_reviw.prompt").write_text("{{reviw}}")

    assert fixes("undefined-variable", head + "{{reviw}}", tmp_path) == [head + "{{review}}"]
    assert fixes("undefined-variable", head + "{{> reviw}}", tmp_path) == []


@pytest.mark.parametrize(
    ("schema", "after"),
    [
        ("\n  schema:\n    a: string\n    b: string # why\n", ["\n  schema:\n    a: string\n"]),
        ("\n  schema:\n    b: string\n", []),
        (" {schema: {a: string, b: string}}\n", []),
    ],
)
def test_a_declaration_is_removed_only_with_a_line_of_its_own(
    schema: str, after: list[str], tmp_path: Path
):
    texts = [f"---\ninput:{part}---\n{{{{a}}}}" for part in (schema, *after)]

    assert fixes("unused-variable", texts[0], tmp_path) == texts[1:]
