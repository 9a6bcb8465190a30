"""Rules of the frontmatter, where a fixture cannot show the case."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fixtures import fixed
from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_text
from tunesmith.lint.selection import Selection
from tunesmith.prompt.files import load_prompt, read_prompt
from tunesmith.prompt.yaml_tree import resolve
from tunesmith.wire.finding import Finding


def found(rule: str, text: str, folder: Path, name: str = "a.prompt") -> list[Finding]:
    loaded = load_prompt(text, folder / name, folder)
    return lint_text(loaded, gather(loaded, folder), Selection(only=frozenset({rule})))


def mended(rule: str, text: str, folder: Path) -> list[str]:
    """The text after each fix alone."""
    return [fixed(text, item) for item in found(rule, text, folder) if item.fix]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nmodel: x\n---", "---\nmodel: x\n---\n"),
        ("---\r\nmodel: x\r\n---  ", "---\r\nmodel: x\r\n---  \r\n"),
        ("\ufeff---\nmodel: x\n---\nhi", "---\nmodel: x\n---\nhi"),
        ("# ours\r\n\r\n---\r\nmodel: x\r\n---\r\nhi", "# ours\r\n---\r\nmodel: x\r\n---\r\nhi"),
        ("---\n---\n\nhi\n", "hi"),
    ],
)
def test_frontmatter_that_leaks_is_mended(text: str, expected: str, tmp_path: Path):
    assert mended("frontmatter-leaks", text, tmp_path) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "---\nmodel: x\n---\n",
        "# ours\n\n---\nmodel: x\n---\nhi",
        "---\n# none\n---\nhi",
        "hi",
        "---",
    ],
)
def test_frontmatter_that_every_runtime_sees(text: str, tmp_path: Path):
    assert found("frontmatter-leaks", text, tmp_path) == []


def test_a_notice_above_an_empty_frontmatter_stays_where_it_is(tmp_path: Path):
    (finding,) = found("frontmatter-leaks", "# ours\n---\n---\nhi", tmp_path)

    assert finding.fix is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "---\r\noutput:\r\n  schema:\r\n    a: string\r\n---\r\n",
            "---\r\noutput:\r\n  format: json\r\n  schema:\r\n    a: string\r\n---\r\n",
        ),
        (
            "---\noutput: {schema: {a: string}}\n---\n",
            "---\noutput: {format: json, schema: {a: string}}\n---\n",
        ),
        (
            "---\noutput: {\n  schema: {a: string}}\n---\n",
            "---\noutput: {\n  format: json, schema: {a: string}}\n---\n",
        ),
    ],
)
def test_the_format_is_added_in_the_style_of_the_file(text: str, expected: str, tmp_path: Path):
    assert mended("output-schema-without-json", text, tmp_path) == [expected]


@pytest.mark.parametrize("schema", ["string", "{type: number}", "Film", ""])
def test_a_schema_that_needs_no_json(schema: str, tmp_path: Path):
    text = f"---\noutput:\n  schema: {schema}\n---\n"

    assert found("output-schema-without-json", text, tmp_path) == []


def test_ext_becomes_dotted_keys(tmp_path: Path):
    text = '---\next:\n  acme:\n    team: search\n    on: "yes"\nmodel: x\n---\n'

    assert mended("ext-literal", text, tmp_path) == [
        '---\nacme.team: search\nacme.on: "yes"\nmodel: x\n---\n'
    ]


@pytest.mark.parametrize(
    "text",
    ["ext: {acme: {team: search}}\nacme.team: ads", "ext: {acme: 3}", "ext: {a: {b: [1,\n  2]}}"],
)
def test_ext_that_cannot_be_rewritten_line_by_line_is_only_named(text: str, tmp_path: Path):
    (finding,) = found("ext-literal", f"---\n{text}\n---\n", tmp_path)

    assert finding.fix is None


def test_settings_of_one_section_are_gathered(tmp_path: Path):
    text = "---\ntunesmith.eval.split: test\nmodel: x\ntunesmith.eval.test_rows: 9\n---\n"
    expected = "---\ntunesmith.eval: {split: test, test_rows: 9}\nmodel: x\n---\n"

    assert mended("namespace-depth", text, tmp_path) == [expected, expected]


@pytest.mark.parametrize(
    "text",
    [
        "tunesmith.eval.split: test # so\n",
        "tunesmith.eval.a.b: 1\n",
        "tunesmith.eval.split: a,b\n",
        "tunesmith.eval.split: test\ntunesmith.eval: {}\n",
    ],
)
def test_settings_that_cannot_be_gathered_are_only_named(text: str, tmp_path: Path):
    (finding,) = found("namespace-depth", f"---\n{text}---\n", tmp_path)

    assert finding.fix is None


def test_a_variant_is_judged_by_the_method_it_inherits(tmp_path: Path):
    (tmp_path / "a.prompt").write_text("---\ntunesmith.train: {method: lora}\n---\n")
    text = "---\ntunesmith.preview: {max_new_tokens: 0}\n---\n"

    (finding,) = found("wrong-type", text, tmp_path, "a.short.prompt")

    assert finding.message == '"max_new_tokens" must be a whole number from 1 to 4,096, not 0'


def test_variants_with_json_schema_are_compared_too(tmp_path: Path):
    (tmp_path / "a.prompt").write_text("---\ninput: {schema: {review: string}}\n---\n")
    schema = "{type: object, properties: {review: {type: integer}, title: {type: string}}}"

    findings = found(
        "variant-drift", f"---\ninput: {{schema: {schema}}}\n---\n", tmp_path, "a.b.prompt"
    )

    assert [finding.message for finding in findings] == [
        '"review" has another type in a.prompt',
        'a.prompt has no input "title", and both are given the same rows',
    ]


def test_a_variant_may_take_less_and_describe_it_otherwise(tmp_path: Path):
    (tmp_path / "a.prompt").write_text("---\ninput: {schema: {a: 'string, x', b: string}}\n---\n")

    assert (
        found("variant-drift", "---\ninput: {schema: {a: string}}\n---\n", tmp_path, "a.b.prompt")
        == []
    )


def test_a_model_that_is_there_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    text = "---\nmodel: hf/acme/small\ntunesmith.train: {base: hf/acme/small}\n---\n"

    (finding,) = found("model-not-found", text, tmp_path)

    assert text[finding.start : finding.end] == "hf/acme/small"
    assert "tunesmith models pull hf/acme/small" in finding.message


def test_a_variant_laid_beside_the_prompt_is_seen_at_once(tmp_path: Path):
    text = "---\ntunesmith.data: {train: a.csv, target: b}\n---\n{{a}}"
    path = tmp_path / "a.prompt"
    path.write_text(text)
    before = found("single-prompt", text, tmp_path)

    (tmp_path / "a.short.prompt").write_text("{{a}}")
    os.utime(tmp_path, ns=(1, 1))

    assert len(before) == 1
    assert found("single-prompt", text, tmp_path) == []
    assert read_prompt(tmp_path / "a.short.prompt", tmp_path).parent is not None
    assert found("single-prompt", "{{a}}", tmp_path, "a.short.prompt") == []


WORDS = st.from_regex(
    r"[-+]?[0-9]{1,4}(:[0-9]{1,2}|[._eE-][-+]?[0-9]{0,3}){0,3}|0[xob][0-9a-f_]{0,4}|[yYnNoOfFeEsS]{2,3}",
    fullmatch=True,
)


@settings(deadline=None)
@given(WORDS)
@example("=")
@example("2026-02-31")
@example("0x1F")
@example("-0x1F")
@example("0x_F")
@example("0x_")
@example(".5e3")
@example("1.e5")
@example("2026-01-02")
@example("2026-01-02 10:00:00")
def test_the_version_trap_is_where_the_two_versions_differ(tmp_path_factory: Any, word: str):
    text = f"---\ndescription: {word}\n---\n"
    try:
        old = yaml.safe_load(word)
    except (ValueError, yaml.YAMLError):
        old = object()
    new = resolve(word)

    findings = found("yaml-version-trap", text, tmp_path_factory.getbasetemp())

    assert bool(findings) == ((type(old), old) != (type(new), new))


@settings(deadline=None)
@given(WORDS)
def test_what_the_fix_writes_is_read_alike_and_as_before(tmp_path_factory: Any, word: str):
    text = f"---\ndescription: {word}\n---\n"

    for after in mended("yaml-version-trap", text, tmp_path_factory.getbasetemp()):
        written = after.split("description: ")[1].split("\n")[0]
        assert yaml.safe_load(written) == resolve(word)


KEYS = st.sampled_from(
    [
        *("model", "config", "input", "output", "schema", "default", "tools", "toolDefs", "format"),
        *(
            "tunesmith.train",
            "tunesmith.data",
            "tunesmith.eval",
            "tunesmith.train.lr",
            "ext",
            "raw",
        ),
        *("type", "properties", "required", "items", "a?", "b(array)", "c(enum)", "(*)", "名字"),
        *("train", "target", "labels", "columns", "epochs", "lr", "method", "temperature", "base"),
    ]
)
LEAVES = st.sampled_from(
    [None, True, 0, -1, 1e-4, "", "string", "strng", "any", "lora", "local/x", "yes", "a.csv"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
TEMPLATE = "{{a}}{{b.0.c}}{{#each b}}{{c}}{{/each}}{{#with default}}{{x}}{{/with}}{{名字.x}}"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=5), st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_frontmatter_is_judged(tmp_path: Path, own: dict[str, Any], parent: dict[str, Any]):
    heads = [yaml.safe_dump(head, allow_unicode=True) for head in (own, parent)]
    text, other = (f"---\n{head}---\n{TEMPLATE}" for head in heads)
    (tmp_path / "a.prompt").write_text(other, encoding="utf-8")
    loaded = load_prompt(text, tmp_path / "a.b.prompt", tmp_path)

    for finding in lint_text(loaded, gather(loaded, tmp_path), Selection(preset="strict")):
        assert "could not judge" not in finding.message
        assert 0 <= finding.start <= finding.end <= len(text)
        for edit in finding.fix.edits if finding.fix else ():
            assert 0 <= edit.start <= edit.end <= len(text)
