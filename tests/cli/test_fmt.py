"""`tunesmith fmt`, run as a person runs it."""

from pathlib import Path

from cli.workspaces import PROMPT, make_workspace, tunesmith

UNTIDY = PROMPT.replace("{{review}}", "{{ review  }}").replace(
    "max_new_tokens: 8", "max_new_tokens:  8"
)


def test_a_prompt_is_formatted_in_place(tmp_path: Path):
    path = make_workspace(tmp_path, UNTIDY)
    path.chmod(0o640)

    shown = tunesmith("fmt", "--diff", "prompts", cwd=tmp_path)
    checked = tunesmith("fmt", "--check", "prompts", cwd=tmp_path)
    untouched = path.read_text()
    done = tunesmith("fmt", "prompts", cwd=tmp_path)
    again = tunesmith("fmt", "--check", "prompts", cwd=tmp_path)

    assert "-  max_new_tokens:  8\n" in shown.stdout
    assert "+  max_new_tokens: 8\n" in shown.stdout
    assert (shown.returncode, checked.returncode, untouched) == (0, 1, UNTIDY)
    assert checked.stdout == "1 prompt would change\n"
    assert (done.returncode, done.stdout) == (0, "1 prompt changed\n")
    assert path.read_text() == PROMPT
    assert path.stat().st_mode & 0o777 == 0o640
    assert (again.returncode, again.stdout) == (0, "0 prompts would change\n")


def test_what_cannot_be_formatted_is_left_and_the_rest_goes_on(tmp_path: Path):
    path = make_workspace(tmp_path, UNTIDY)
    broken, binary = path.with_name("broken.prompt"), path.with_name("binary.prompt")
    broken.write_text("{{ a }}{{#if  b}}")
    binary.write_bytes(b"\xff\xfe\x00{{ a }}")

    done = tunesmith("fmt", "prompts", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == (
        "tunesmith: prompts/binary.prompt: byte 0xff at offset 0 (line 1) is not UTF-8: "
        "save the file as UTF-8\n"
        "tunesmith: prompts/broken.prompt: line 1: this block is never closed: "
        "add {{/if}} where it ends\n"
    )
    assert done.stdout == "1 prompt changed, 2 could not be formatted\n"
    assert broken.read_text() == "{{ a }}{{#if  b}}"
    assert binary.read_bytes() == b"\xff\xfe\x00{{ a }}"
    assert path.read_text() == PROMPT
