"""`tunesmith check`, run as a person runs it."""

import json
import os
import subprocess
import sys

import pytest

from cli.workspaces import make_workspace, tunesmith

HEAD = "---\nmodel: googleai/gemini-2.5-flash\ninput: {schema: {name: string}}\n---\n"
CLEAN = f"{HEAD}Hi {{{{name}}}}.\n"
BROKEN = f"{HEAD}影评 🎬 {{{{#role 'user'}}}}{{{{jsn name}}}}\n"
CLOSED = f"{HEAD}影评 {{{{name}}}} 🎬 {{{{#role 'user'}}}}{{{{/role}}}}\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("TUNESMITH_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tunesmith.toml").touch()
    return tmp_path


def lay(folder, text=CLEAN, name="a.prompt"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def rules_in(done):
    return [finding["rule"] for finding in json.loads(done.stdout)["findings"]]


def check_json(*words, cwd):
    return tunesmith("check", "--format", "json", *words, cwd=cwd)


def test_findings_stand_with_their_line_and_carets(folder):
    lay(folder, CLEAN.replace("{{name}}", "{{jsn name}}"))

    done = tunesmith("check", ".", cwd=folder)

    assert (
        'a.prompt:5:6 error unknown-helper: no helper is called "jsn"; did you mean "json"?\n'
        "    5 | Hi {{jsn name}}.\n"
        "      |      ^^^\n\n"
    ) in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 prompt: 1 error")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_clean_prompt_ends_with_0(folder):
    path = lay(folder)

    done = tunesmith("check", path, cwd=folder)

    assert (done.returncode, done.stdout, done.stderr) == (0, "1 prompt: nothing found\n", "")


def test_json_counts_as_the_editor_does(folder):
    lay(folder, BROKEN)

    done = check_json("a.prompt", cwd=folder)

    answer = json.loads(done.stdout)
    found = {finding["rule"]: finding for finding in answer["findings"]}
    assert set(answer) == {"findings", "summary"}
    assert set(answer["summary"]) == {"files", "error", "warning", "information", "hint"}
    assert answer["summary"]["files"] == 1
    # The clapper board takes two UTF-16 units.
    place = {"start": {"line": 4, "character": 24}, "end": {"line": 4, "character": 27}}
    assert found["unknown-helper"]["range"] == place
    assert found["unknown-helper"]["file"] == "a.prompt"
    assert found["unknown-helper"]["fix"] == {
        "title": 'Change "jsn" to "json"',
        "safe": False,
        "edits": [{"range": place, "text": "json"}],
    }
    assert done.returncode == 1


def test_a_finding_in_the_data_names_its_line(tmp_path):
    make_workspace(tmp_path)
    with (tmp_path / "data" / "films.csv").open("a", encoding="utf-8") as file:
        file.write("r41,only two\n")

    text = tunesmith("check", "prompts", cwd=tmp_path).stdout
    plain = json.loads(check_json("prompts", cwd=tmp_path).stdout)

    data = str(tmp_path / "data" / "films.csv")
    assert "error broken-row: data/films.csv:42: " in text
    assert {"file": data, "line": 42} in [finding["data"] for finding in plain["findings"]]


def test_what_is_not_there_ends_with_2_and_the_rest_is_checked(folder):
    lay(folder, BROKEN)

    done = check_json("absent.prompt", "a.prompt", cwd=folder)

    assert done.returncode == 2
    assert done.stderr == "tunesmith: there is no absent.prompt\n"
    assert "unknown-helper" in rules_in(done)


def test_what_is_no_prompt_is_refused_at_once_and_the_rest_is_checked(folder):
    lay(folder, BROKEN)
    (folder / "binary.prompt").write_bytes(b"Hi\n\xff\xfe\x00")
    (folder / "null.prompt").write_bytes(b"Hi\n\0")
    (folder / "huge.prompt").write_bytes(b" " * 50_000_000)
    os.mkfifo(folder / "pipe.prompt")
    (folder / "device.prompt").symlink_to("/dev/zero")
    (folder / "ring.prompt").symlink_to("ring.prompt")
    (folder / "loop").symlink_to(folder)
    lay(folder, BROKEN, "folder.prompt/b.prompt")

    done = check_json(".", cwd=folder)

    assert rules_in(done).count("unknown-helper") == 2
    assert done.stderr.splitlines() == [
        f"tunesmith: device.prompt: is a link to /dev/zero, outside the workspace {folder}: "
        "name that file itself to check it",
        "tunesmith: binary.prompt: byte 0xff at offset 3 (line 2) is not UTF-8: "
        "save the file as UTF-8",
        "tunesmith: huge.prompt: is larger than 1 MB, which no prompt is",
        "tunesmith: null.prompt: holds a null character on line 2: it is no text file",
        "tunesmith: pipe.prompt: is no regular file",
        "tunesmith: ring.prompt: cannot be read: Too many levels of symbolic links",
    ]
    assert done.returncode == 2


def test_a_path_that_cannot_be_looked_at_says_why(folder):
    lay(folder)

    done = tunesmith("check", "a" * 300, "a.prompt", "a.prompt/b.prompt", cwd=folder)

    assert done.stdout == "1 prompt: nothing found\n"
    assert done.stderr == (
        f"tunesmith: {'a' * 300}: cannot be read: File name too long\n"
        "tunesmith: there is no a.prompt/b.prompt\n"
    )
    assert done.returncode == 2


def test_a_link_is_followed_no_further_than_the_workspace(folder):
    (folder / "inside").mkdir()
    outside = lay(folder.parent, CLOSED, f"{folder.name}-outside.prompt")
    before = outside.read_text(encoding="utf-8")
    lay(folder, name="a.prompt")
    (folder / "inside" / "near.prompt").symlink_to(folder / "a.prompt")
    (folder / "inside" / "far.prompt").symlink_to(outside)

    done = tunesmith("check", "inside", "--fix", "--unsafe", cwd=folder)

    assert done.stdout == "1 prompt: nothing found; 0 fixed\n"
    assert done.stderr == (
        f"tunesmith: inside/far.prompt: is a link to {outside}, outside the workspace {folder}: "
        "name that file itself to check it\n"
    )
    assert done.returncode == 2
    assert outside.read_text(encoding="utf-8") == before


def test_paths_stand_anywhere_among_the_options(folder):
    lay(folder, name="a.prompt")
    lay(folder, name="b.prompt")

    done = tunesmith("check", "a.prompt", "--preset", "recommended", "b.prompt", cwd=folder)

    assert done.stdout == "2 prompts: nothing found\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_the_name_of_a_file_may_be_of_any_bytes(folder, form):
    lay(folder, BROKEN, os.fsdecode(b"\xff.prompt"))

    done = subprocess.run(
        [sys.executable, "-m", "tunesmith", "check", "--format", form, "."],
        cwd=folder,
        capture_output=True,
    )

    assert done.stderr == b""
    assert (b"%FF.prompt" if form == "sarif" else b"\xff.prompt") in done.stdout


def test_hidden_folders_are_passed_over_and_a_file_is_checked_once(folder):
    path = lay(folder)
    for name in (".hidden", "node_modules"):
        lay(folder, BROKEN, f"{name}/broken.prompt")
    (folder / "linked.prompt").symlink_to("a.prompt")

    done = tunesmith("check", ".", path, cwd=folder)

    assert done.stdout == "1 prompt: nothing found\n"


def test_rules_are_chosen_on_top_of_the_settings(folder):
    lay(folder, CLOSED + "{{shout name}}")
    (folder / "tunesmith.toml").write_text('[lint]\nignore = ["block-role", "unknown-helper"]\n')

    assert rules_in(check_json(".", cwd=folder)) == []
    assert rules_in(check_json(".", "--select", "secret,block-role", cwd=folder)) == ["block-role"]
    more = ["--select", "block-role", "--select=unknown-helper"]
    assert rules_in(check_json(".", *more, cwd=folder)) == ["block-role", "unknown-helper"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name a prompt or a folder to check"),
        ([""], "the path is empty"),
        ([".", "--select", "blok-role"], '"blok-role" is no rule; did you mean "block-role"?'),
        ([".", "--select", "secret", "--ignore", "secret"], "is both selected and ignored"),
        ([".", "--preset", "strikt"], '--preset: there is no "strikt"; did you mean "strict"?'),
        ([".", "--format", "xml"], 'there is no "xml"; there are github, json, sarif, text'),
        ([".", "--unsafe"], "--unsafe does nothing alone"),
        ([".", "--fix", "--diff"], "exclude each other"),
        ([".", "--stdin-filename", "a.prompt"], "leave the other paths out"),
        ([".", "--write-baseline"], "needs a file to write to"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_meant_are_refused(folder, words, says):
    lay(folder)

    done = tunesmith("check", *words, cwd=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_baseline_that_cannot_be_read_ends_with_2_and_all_is_shown(folder):
    lay(folder, CLOSED)

    done = check_json(".", "--baseline", "absent.json", cwd=folder)

    assert (done.returncode, rules_in(done)) == (2, ["block-role"])
    assert "absent.json: cannot be read: " in done.stderr
    assert "make it with --write-baseline" in done.stderr


def test_broken_settings_end_with_2_and_the_rest_of_them_counts(folder):
    lay(folder, CLOSED)
    (folder / "tunesmith.toml").write_text('[lint]\nignore = ["block-role"]\nselct = []\n')

    done = check_json(".", cwd=folder)

    assert (done.returncode, rules_in(done)) == (2, [])
    unknown = 'unknown key "selct" in lint; did you mean "select"?'
    assert done.stderr == f"tunesmith: tunesmith.toml:3: {unknown}\n"


def test_safe_repairs_are_written_and_the_rest_is_shown(folder):
    path = lay(folder, CLOSED.replace("\n", "\r\n").replace("{{name}}", "{{jsn name}}"))
    path.chmod(0o640)

    done = check_json(".", "--fix", cwd=folder)

    assert rules_in(done) == ["unknown-helper"]
    assert json.loads(done.stdout)["summary"]["fixed"] == 1
    assert path.read_bytes().endswith("影评 {{jsn name}} 🎬 {{role 'user'}}\r\n".encode())
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in folder.iterdir()] == ["tunesmith.toml", "a.prompt"]
    assert tunesmith("check", ".", "--fix", "--unsafe", cwd=folder).returncode == 0
    assert b"{{json name}}" in path.read_bytes()


def test_a_diff_changes_nothing(folder):
    path = lay(folder, CLOSED)

    done = tunesmith("check", "--diff", ".", cwd=folder)

    assert done.stdout == (
        "--- a.prompt\n+++ a.prompt\n@@ -2,4 +2,4 @@\n"
        " model: googleai/gemini-2.5-flash\n input: {schema: {name: string}}\n ---\n"
        "-影评 {{name}} 🎬 {{#role 'user'}}{{/role}}\n+影评 {{name}} 🎬 {{role 'user'}}\n"
    )
    assert (done.returncode, done.stderr) == (1, "tunesmith: 1 repair to make\n")
    assert path.read_text(encoding="utf-8") == CLOSED


def test_stdin_is_checked_as_if_it_stood_in_a_file(folder):
    lay(folder, "Be kind.", "parts/_tone.prompt")
    text = CLOSED.replace("影评", "{{> tone}}")
    command = [sys.executable, "-m", "tunesmith", "check", "--stdin-filename", "parts/new.prompt"]

    done = subprocess.run([*command, "--fix"], cwd=folder, input=text.encode(), capture_output=True)

    assert done.stdout.decode() == text.replace("#role", "role").replace("{{/role}}", "")
    assert b"1 prompt: " in done.stderr
    assert b"missing-partial" not in done.stderr
    assert sorted(item.name for item in (folder / "parts").iterdir()) == ["_tone.prompt"]


def test_what_the_baseline_knows_is_not_shown_until_it_is_repaired(folder):
    path = lay(folder, CLOSED)
    (folder / "tunesmith.toml").write_text('[lint]\nbaseline = "known.json"\n')

    first = tunesmith("check", ".", "--write-baseline", cwd=folder)
    path.write_text(CLOSED.replace("影评", "\n影评") + "{{shout name}}", encoding="utf-8")
    moved = check_json(".", cwd=folder)
    path.write_text(CLEAN, encoding="utf-8")
    mended = tunesmith("check", ".", cwd=folder)

    assert (first.returncode, first.stdout) == (0, "1 prompt: nothing found\n")
    assert first.stderr == "tunesmith: known.json: from now on 1 finding known\n"
    assert rules_in(moved) == ["unknown-helper"]
    assert mended.returncode == 0
    assert "known.json: 1 entry found no more" in mended.stderr


def test_many_prompts_are_checked_by_many_processes_as_by_one(folder):
    for number in range(70):
        lay(folder, CLEAN if number % 2 else CLOSED, f"{number:02}.prompt")

    cold, warm = check_json(".", cwd=folder), check_json(".", cwd=folder)

    assert rules_in(cold) == ["block-role"] * 35
    files = [finding["file"] for finding in json.loads(cold.stdout)["findings"]]
    assert files == [f"{number:02}.prompt" for number in range(0, 70, 2)]
    assert warm.stdout == cold.stdout


def test_a_check_that_was_made_before_imports_no_rules_and_no_terminal(folder):
    lay(folder, CLOSED)
    code = (
        "import sys\nsys.argv = ['tunesmith', 'check', '.']\n"
        "from tunesmith.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "names = ('typer', 'rich.console', 'yaml', 'tunesmith.lint.run', 'tunesmith.data.table')\n"
        "print([name for name in names if name in sys.modules])"
    )

    def run():
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        return done.stdout.splitlines()[-1]

    assert run() == "['yaml', 'tunesmith.lint.run', 'tunesmith.data.table']"
    assert run() == "[]"
