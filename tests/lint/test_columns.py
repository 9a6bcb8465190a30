from pathlib import Path

from tunesmith.lint.columns import named_columns, shown_columns
from tunesmith.prompt.files import LoadedPrompt, load_prompt


def prompt(body: str) -> LoadedPrompt:
    head = (
        "---\ntunesmith.data: {train: a.csv, target: label, columns: {review: text, answer: label}}"
        "\n---\n"
    )
    return load_prompt(head + body, Path("a.prompt"), Path())


def test_columns_are_those_the_template_uses():
    loaded = prompt("{{title}} {{review}} {{#if label}}{{answer}}{{/if}}")

    assert named_columns(loaded) == ("text", "title")
    assert shown_columns(loaded) == {"text", "title"}


def test_a_template_may_show_whatever_columns_there_are():
    loaded = prompt("{{title}} {{json this}}")

    assert named_columns(loaded) == ("title",)
    assert shown_columns(loaded) is None
