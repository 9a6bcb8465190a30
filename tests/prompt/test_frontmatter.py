"""The YAML head: where it is, what it says, and where each part stands."""

import pytest

from tunesmith.prompt.parse import parse


def front(yaml: str) -> str:
    return f"---\n{yaml}\n---\nbody"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Hello ", "Hello "),
        ("---\nmodel: a\n---\n\n Hello \n\n", "Hello"),
        ("# licence\n\n---\nmodel: a\n---\nHello", "Hello"),
        ("---\r\nmodel: a\r\n---\r\nHello", "Hello"),
        ("---\n---\nHello", "Hello"),
        ("---\nmodel: a\n---", ""),
        ("\ufeff---\nmodel: a\n---\nHello", "Hello"),
        ("Hello\n---\nYou\n---\n", "Hello\n---\nYou\n---\n"),
    ],
)
def test_body(text: str, body: str) -> None:
    prompt = parse(text)

    assert prompt.body.of(text) == body
    assert prompt.problems == ()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-4", 0.0001),
        ("2.0e-4", 0.0002),
        ("012", 12),
        ("0x1F", 31),
        ("yes", "yes"),
        ("NO", "NO"),
        ("3:25", "3:25"),
        ("2026-02-31", "2026-02-31"),
        ("true", True),
        ("~", None),
        ("", None),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("'yes'", "yes"),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("1_000", "1_000"),
        ("[1, a]", [1, "a"]),
        ("{a: 1}", {"a": 1}),
        ("9" * 5000, float("9" * 5000)),
    ],
)
def test_scalars_are_yaml_1_2(written: str, value: object) -> None:
    prompt = parse(front(f"x: {written}"))

    assert prompt.problems == ()
    assert prompt.frontmatter
    assert prompt.frontmatter.root.value == {"x": value}


def test_every_key_and_value_has_its_place() -> None:
    text = front("# 😀\ntunesmith.train: {base: hf/a, lr: 1e-4}\nmodel: |\n  two\n  lines\n")
    frontmatter = parse(text).frontmatter
    assert frontmatter

    base = frontmatter.entry("tunesmith.train", "base")
    model = frontmatter.get("model")

    assert base and model
    assert base.key_span.of(text) == "base"
    assert base.value.span.of(text) == "hf/a"
    assert model.span.of(text) == "|\n  two\n  lines"
    assert frontmatter.root.span.of(text).startswith("tunesmith.train")
    assert frontmatter.get("tunesmith.train", "missing") is None


@pytest.mark.parametrize(
    ("text", "code", "marked", "words"),
    [
        (front("a: b: c"), "invalid-yaml", ": c", "in quotes"),
        (front("a: 'b"), "invalid-yaml", "b", "close the quote"),
        (front("a: [1"), "invalid-yaml", "1", "close the bracket"),
        (front("a:\n\t- b"), "invalid-yaml", "\t- b", "with spaces"),
        (front("a: @b"), "invalid-yaml", "@b", "in quotes"),
        (front("a: *b"), "invalid-yaml", "*b", "no anchor"),
        (front("just text"), "invalid-yaml", "just text", "key: value"),
        (front("a: 1\nb: 2\na: 3"), "duplicate-key", "a", "line 2"),
        (front("a: " + "[" * 70), "too-deep", "[" * 7, "flatter"),
        ("---\nmodel: a\n", "frontmatter-unclosed", "---", "add a line"),
        ("Hi\n---\nmodel: a\n---\n", "frontmatter-unclosed", "---", "below"),
    ],
)
def test_problems(text: str, code: str, marked: str, words: str) -> None:
    (problem,) = parse(text).problems

    assert problem.code == code
    assert problem.span.of(text) == marked
    assert words in problem.message


def test_a_rule_of_dashes_is_no_frontmatter() -> None:
    assert parse("---\nOnce upon a time\n").problems == ()


@pytest.mark.parametrize(
    "yaml",
    [
        "[" * 30_000,
        "- " * 5_000,
        "x: " + "\n".join(f"&a{i} [" for i in range(500)),
        "a0: &a0 [x]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 300)),
        "a: &a [x]\n" + "\n".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]"
                                  for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        "x" * 100_000,
        "\x00: \ud800",
        "a: " + "\ud83d",
        "? [a, b]\n: c",
        "<<: [*a]",
        "a: 1\n...\nb: 2",
        "%YAML 9.9",
    ],
)  # fmt: skip
def test_hostile_yaml_is_a_problem_or_harmless(yaml: str) -> None:
    prompt = parse(front(yaml))

    assert prompt.frontmatter is not None
    assert prompt.body.of(prompt.text) == "body"
    assert len(prompt.problems) <= 1
