"""Prompt files on disk."""

from pathlib import Path

import pytest

from tunesmith.prompt.example import make_example
from tunesmith.prompt.files import (
    PromptFileError,
    partial_path,
    read_prompt,
    variant_parent,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "prompts" / "parts").mkdir(parents=True)
    (tmp_path / "_secret.prompt").write_text("secret")
    (root / "_shared.prompt").write_text("shared {{> parts/deep}}")
    (root / "prompts" / "_near.prompt").write_text("near")
    (root / "prompts" / "parts" / "_deep.prompt").write_text("deep {{> shared}}")
    (root / "prompts" / "a.prompt").write_text("---\nmodel: hf/x\n---\n{{> shared}}{{> near}}")
    (root / "prompts" / "a.b.prompt").write_text("{{> ../../_secret}}{{> gone}}")
    return root


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("a.prompt", None),
        ("a.short.prompt", "a.prompt"),
        ("a.b.c.prompt", "a.b.prompt"),
        ("a.txt", None),
        (".prompt", None),
    ],
)
def test_variant_parent(name: str, parent: str | None) -> None:
    expected = Path("x") / parent if parent else None

    assert variant_parent(Path("x") / name) == expected


def test_a_prompt_comes_with_its_partials(root: Path) -> None:
    loaded = read_prompt(root / "prompts" / "a.prompt", root)

    assert set(loaded.partials) == {"shared", "near", "parts/deep"}
    assert loaded.partials["near"] == "near"
    assert loaded.extension.base == "hf/x"


def test_a_variant_comes_with_its_parent(root: Path) -> None:
    loaded = read_prompt(root / "prompts" / "a.b.prompt", root)

    assert loaded.parent is not None
    assert loaded.extension.base == "hf/x"
    assert loaded.partials == {}


@pytest.mark.parametrize("name", ["../../secret", "../secret", "/etc/passwd", "", "a\0b", "x/"])
def test_no_partial_lies_outside_the_root(root: Path, name: str) -> None:
    assert partial_path(name, root / "prompts", root) is None


def test_a_link_out_of_the_root_is_not_followed(root: Path) -> None:
    (root / "prompts" / "_link.prompt").symlink_to(root.parent / "_secret.prompt")

    assert partial_path("link", root / "prompts", root) is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (1 << 20) + b"x"])
def test_what_is_no_text_says_so(root: Path, content: bytes) -> None:
    path = root / "bad.prompt"
    path.write_bytes(content)

    with pytest.raises(PromptFileError, match=r"bad\.prompt"):
        read_prompt(path, root)


def test_a_missing_file_says_so(root: Path) -> None:
    with pytest.raises(PromptFileError, match=r"gone\.prompt"):
        read_prompt(root / "gone.prompt", root)


PARENT = "---\ninput: {default: {tone: calm}, schema: {tone: string}}\n---\n{{tone}}"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "Be calm."),
        ("---\nmodel: hf/x\n---\n", "Be calm."),
        ("---\ninput: {schema: {tone: string}}\n---\n", "Be ."),
        ("---\ninput: {default: {tone: gay}}\n---\n", "Be gay."),
    ],
)
def test_a_variant_inherits_defaults_with_the_whole_input(root: Path, head: str, said: str) -> None:
    (root / "p.prompt").write_text(PARENT)
    (root / "p.short.prompt").write_text(head + "Be {{tone}}.")

    loaded = read_prompt(root / "p.short.prompt", root)

    (message,) = make_example(loaded, {}).messages
    assert message.text == said
    (message,) = make_example(loaded, {"tone": "bold"}).messages
    assert message.text == "Be bold."


@pytest.mark.parametrize("name", ["a" * 5000, "\ud800", "..", "."])
def test_a_name_that_no_file_can_have_is_missing(root: Path, name: str) -> None:
    assert partial_path(name, root / "prompts", root) is None


def test_links_that_lead_in_circles_are_missing(root: Path) -> None:
    (root / "_one.prompt").symlink_to(root / "_two.prompt")
    (root / "_two.prompt").symlink_to(root / "_one.prompt")
    (root / "prompts" / "p.prompt").write_text("{{> one}}{{> ../prompts/near}}{{> ../../secret}}")

    loaded = read_prompt(root / "prompts" / "p.prompt", root)

    assert loaded.partials == {"../prompts/near": "near"}


def test_as_many_partials_are_read_as_any_prompt_needs(root: Path) -> None:
    for number in range(300):
        (root / f"_n{number}.prompt").write_text(f"{{{{> n{number + 1}}}}}")
    (root / "p.prompt").write_text("{{> n0}}")

    assert len(read_prompt(root / "p.prompt", root).partials) == 256


def test_partials_inside_of_blocks_are_read(root: Path) -> None:
    (root / "_in.prompt").write_text("{{#each a}}{{> prompts/near}}{{/each}}")
    (root / "p.prompt").write_text("{{#if a}}x{{else}}{{> in}}{{/if}}")

    assert set(read_prompt(root / "p.prompt", root).partials) == {"in", "prompts/near"}
