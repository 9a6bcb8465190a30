import json

from cli.workspaces import PROMPT, make_workspace, tunesmith

BROKEN = PROMPT.replace("{{review}}", "{{reveiw}}").replace('{{role "user"}}', '{{rol "user"}}')


def test_findings_stand_with_their_line_and_carets(tmp_path):
    make_workspace(tmp_path, BROKEN)

    done = tunesmith("check", "prompts", cwd=tmp_path)

    place = "prompts/films.prompt:18:3 error"
    assert (
        f"""
{place} unknown-helper: no helper is called "rol"; did you mean "role"?
   18 | {{{{rol "user"}}}}Review: {{{{reveiw}}}}
      |   ^^^

"""
        in done.stdout
    )
    assert done.stdout.endswith("\n1 prompt: 2 error, 2 warning\n")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_clean_prompt_ends_with_0(tmp_path):
    path = make_workspace(tmp_path)

    done = tunesmith("check", path, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "1 prompt: nothing found\n")


def test_json_counts_as_the_editor_does(tmp_path):
    make_workspace(tmp_path, BROKEN.replace("Review:", "影评 🎬 Review:"))

    done = tunesmith("check", "--format", "json", "prompts/films.prompt", cwd=tmp_path)

    answer = json.loads(done.stdout)
    found = {finding["rule"]: finding for finding in answer["findings"]}
    assert answer["summary"] == {
        "files": 1,
        "error": 2,
        "warning": 2,
        "information": 0,
        "hint": 0,
    }
    # The clapper board takes two UTF-16 units.
    assert found["undefined-variable"]["range"] == {
        "start": {"line": 17, "character": 30},
        "end": {"line": 17, "character": 36},
    }
    assert found["undefined-variable"]["file"] == "prompts/films.prompt"
    assert found["unknown-helper"]["fix"]["edits"] == [
        {
            "range": {
                "start": {"line": 17, "character": 2},
                "end": {"line": 17, "character": 5},
            },
            "text": "role",
        }
    ]
    assert found["undefined-variable"]["data"] is None
    assert done.returncode == 1


def test_a_finding_in_the_data_names_its_line(tmp_path):
    make_workspace(tmp_path)
    with (tmp_path / "data" / "films.csv").open("a", encoding="utf-8") as file:
        file.write("r41,only two\n")

    text = tunesmith("check", "prompts", cwd=tmp_path).stdout
    plain = json.loads(tunesmith("check", "--format", "json", "prompts", cwd=tmp_path).stdout)

    data = str(tmp_path / "data" / "films.csv")
    assert "error broken-row: data/films.csv:42: " in text
    assert {"file": data, "line": 42} in [finding["data"] for finding in plain["findings"]]


def test_a_path_that_is_not_there_ends_with_2(tmp_path):
    done = tunesmith("check", "absent.prompt", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tunesmith: there is no absent.prompt\n"


def test_hidden_folders_are_passed_over_and_a_file_is_checked_once(tmp_path):
    path = make_workspace(tmp_path)
    for folder in (".hidden", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "broken.prompt").write_text("{{#if", encoding="utf-8")

    done = tunesmith("check", ".", path, cwd=tmp_path)

    assert done.stdout == "1 prompt: nothing found\n"
