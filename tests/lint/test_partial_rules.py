"""What rules say in the files of partials themselves."""

from pathlib import Path

import pytest

from fixtures import fixed
from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_text
from tunesmith.prompt.files import read_prompt
from tunesmith.wire.finding import Finding


def found_in(folder: Path, name: str, text: str) -> list[Finding]:
    path = folder / name
    path.write_text(text)
    loaded = read_prompt(path, folder)
    return lint_text(loaded, gather(loaded, folder))


def test_frontmatter_of_a_partial_is_found_there_and_taken_out(tmp_path: Path):
    text = "---\nmodel: googleai/gemini-2.5-flash\n---\nBe {{tone}}.\n"

    (finding,) = [
        one for one in found_in(tmp_path, "_p.prompt", text) if one.rule == "partial-frontmatter"
    ]

    assert (finding.severity, finding.start) == ("error", 0)
    assert fixed(text, finding) == "Be {{tone}}.\n"
    assert finding.fix and finding.fix.safe


def test_a_part_of_a_prompt_may_be_a_part(tmp_path: Path):
    (tmp_path / "p.prompt").write_text("{{> part}}")
    text = '<example>\n```\n{{role "user"}}{{> @partial-block}}{{role "system"}}Be kind.\n'

    assert found_in(tmp_path, "_part.prompt", text) == []


@pytest.mark.parametrize(
    ("caller", "name", "is_found"),
    [
        ("{{> part}}", "_part.prompt", False),
        ("{{~#> 'part' a=1}}x{{/part}}", "_part.prompt", False),
        ("{{> parts/part}}", "parts/_part.prompt", False),
        ("{{> ../part}}", "_part.prompt", True),
        ("{{> part}}", "parts/_part.prompt", True),
        ("{{> (lookup . 'name')}}", "_part.prompt", False),
        ("", "_part.prompt", True),
    ],
)
def test_a_partial_is_used_where_a_prompt_calls_its_file(
    caller: str, name: str, is_found: bool, tmp_path: Path
):
    (tmp_path / "parts").mkdir()
    (tmp_path / "p.prompt").write_text(caller)

    found = found_in(tmp_path, name, "Be kind. {{> part}}")

    assert ("partial-unused" in {one.rule for one in found}) is is_found


def test_a_link_to_a_prompt_outside_the_workspace_is_not_read(tmp_path: Path):
    root = tmp_path / "workspace"
    root.mkdir()
    (tmp_path / "outside.prompt").write_text("{{> part}}")
    (root / "p.prompt").symlink_to(tmp_path / "outside.prompt")

    found = found_in(root, "_part.prompt", "Be kind.")

    assert [one.rule for one in found] == ["partial-unused"]


def test_yaml_that_a_partial_quotes_is_text(tmp_path: Path):
    (tmp_path / "p.prompt").write_text("{{> docs}}")
    text = "A prompt begins so:\n---\nmodel: [x\nmodel: y\n---\n"

    assert found_in(tmp_path, "_docs.prompt", text) == []
