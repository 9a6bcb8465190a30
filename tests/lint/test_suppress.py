from pathlib import Path

from fixtures import Case, lint_case
from tunesmith.lint.rule import Rule
from tunesmith.lint.suppress import unsuppressed
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span

DATA = {"films.jsonl": '{"review": "Fine.", "label": "p"}\n'}


def rules_found(text: str, folder: Path) -> list[str]:
    return [finding.rule for finding in lint_case(Case(text=text, files=DATA), folder)]


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

    assert unsuppressed([first_line, second_line], prompt) == [second_line]


def test_only_a_comment_counts(tmp_path: Path):
    text = "# tunesmith: allow unknown-helper\n{{uppercase name}}\n"

    assert rules_found(text, tmp_path) == ["unknown-helper"]
