from pathlib import Path

from fixtures import Case, fixed, lint_case
from tunesmith.lint.rule import Rule
from tunesmith.lint.selection import Selection
from tunesmith.lint.suppress import allows, sift
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span

ASKED = ("unknown-helper", "block-role", "data-missing", "data-column-missing", "label-unknown")
DATA = {"films.jsonl": '{"review": "Fine.", "label": "p"}\n'}


UNUSED = "unused-suppression"


def rules_found(text: str, folder: Path, *rules: str) -> list[str]:
    selection = Selection(only=frozenset(rules or ASKED))
    case = Case(text=text, files=DATA)
    return [finding.rule for finding in lint_case(case, folder, selection)]


def test_a_comment_in_the_body_allows_one_rule_on_the_next_line(tmp_path: Path):
    line = "{{uppercase name}}{{#role 'user'}}{{/role}}"
    comment = "{{!-- tunesmith: allow unknown-helper registered by our server --}}"

    assert rules_found(f"{line}\n", tmp_path) == ["unknown-helper", "block-role"]
    assert rules_found(f"{comment}\n{line}\n", tmp_path) == ["block-role"]
    assert rules_found(f"{comment}\n\n{line}\n", tmp_path) == ["unknown-helper", "block-role"]
    assert rules_found(f"{line}{comment}\n", tmp_path) == ["unknown-helper", "block-role"]


def test_comments_for_several_rules_stand_below_each_other(tmp_path: Path):
    text = (
        "{{! tunesmith: allow unknown-helper }}\n{{! tunesmith: allow block-role }}\n"
        "{{uppercase name}}{{#role 'user'}}{{/role}}\n"
    )

    assert rules_found(text, tmp_path) == []


def test_a_comment_over_several_lines_means_the_line_after_its_end(tmp_path: Path):
    text = "{{!-- tunesmith: allow unknown-helper\nour server\nhas it --}}\n{{uppercase name}}\n"

    assert rules_found(text, tmp_path) == []


def test_a_comment_in_the_frontmatter_allows_a_rule_of_either_kind(tmp_path: Path):
    text = (
        "---\ntunesmith.data:\n  # tunesmith: allow data-missing fetched in CI\n"
        "  train: absent.jsonl\n  # tunesmith: allow data-column-missing\n"
        "  validation: films.jsonl\n  # tunesmith: allow data-column-missing\n"
        "  target: sentiment\n---\n{{review}}\n"
    )
    bare = "\n".join(line for line in text.split("\n") if "#" not in line)

    assert rules_found(bare, tmp_path) == ["data-missing", "data-column-missing"]
    assert rules_found(text, tmp_path) == []


def test_a_comment_above_the_frontmatter_means_its_first_line():
    prompt = parse("# tunesmith: allow data-missing\n---\nmodel: local/x\n---\nHello\n")
    first_line = Rule("data-missing", severity="error").at(Span(32, 35), "inherited")
    second_line = Rule("data-missing", severity="error").at(Span(36, 41), "own")

    kept, _ = sift([first_line, second_line], prompt, allows(prompt))
    assert kept == [second_line]


def test_only_a_comment_counts(tmp_path: Path):
    text = "# tunesmith: allow unknown-helper\n{{uppercase name}}\n"

    assert rules_found(text, tmp_path) == ["unknown-helper"]


def data_text(comment: str, train: str = "films.jsonl", labels: str = "[p]") -> str:
    return (
        f"---\ntunesmith.data:\n{comment}  train: {train}\n"
        f"  target: label\n  labels: {labels}\n---\n{{{{review}}}}\n"
    )


def test_a_comment_about_data_is_judged_once_the_data_is_read(tmp_path: Path):
    comment = "  # tunesmith: allow label-unknown later\n"

    assert rules_found(data_text("", labels="[q]"), tmp_path) == ["label-unknown"]
    assert rules_found(data_text(comment, labels="[q]"), tmp_path, *ASKED, UNUSED) == []
    assert rules_found(data_text(comment), tmp_path, *ASKED, UNUSED) == [UNUSED]
    # Without the file, nobody knows.
    assert rules_found(data_text(comment, train="absent.jsonl"), tmp_path, UNUSED) == []


def test_a_comment_is_judged_by_its_rule_even_where_that_is_not_selected(tmp_path: Path):
    text = "{{! tunesmith: allow unknown-helper }}\n{{uppercase name}}\n"

    assert rules_found(text, tmp_path, UNUSED) == []
    assert rules_found(text.replace("uppercase ", ""), tmp_path, UNUSED) == [UNUSED]
    assert rules_found(text.replace("uppercase ", ""), tmp_path, "unknown-helper") == []


def test_a_comment_within_a_line_is_removed_without_the_line(tmp_path: Path):
    text = "{{a}} {{! tunesmith: allow block-role }}\r\n{{~! tunesmith: allow block-role }}\r\nb"
    case = Case(text=text, files={})

    inside, trimming = lint_case(case, tmp_path, Selection(only=frozenset({UNUSED})))

    assert fixed(text, inside) == "{{a}} \r\n{{~! tunesmith: allow block-role }}\r\nb"
    assert trimming.fix is None
