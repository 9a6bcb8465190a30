"""One row of the data: rendered, as tokens, and answered."""

import json

import pytest
from transformers import AutoTokenizer

from cli.workspaces import PROMPT, make_workspace, tunesmith
from tiny import write_tiny_model

FORMATTED = PROMPT + '\n{{#if sentiment}}{{role "model"}}Answer: {{sentiment}}{{/if}}'
SYSTEM = "Say whether the film review is positive or negative.\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    make_workspace(folder)
    write_tiny_model(folder / "tiny")
    (folder / "prompts" / "formatted.prompt").write_text(FORMATTED, encoding="utf-8")
    return folder


def render(workspace, *words):
    done = tunesmith("render", *words, "--json", cwd=workspace)
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_render_shows_the_messages_and_the_target(workspace):
    done = tunesmith("render", "prompts/films.prompt", "--row", "2", cwd=workspace)

    assert done.stdout == (
        f"[system]\n{SYSTEM}\n\n[user]\nReview: A dull film, number 2\n\n[target]\nnegative\n"
    )


@pytest.mark.parametrize("command", ["render", "tokens", "preview"])
def test_rows_are_counted_from_one(workspace, command):
    done = tunesmith(command, "prompts/films.prompt", "--row", "0", cwd=workspace)

    assert (done.returncode, done.stdout) == (2, "")
    assert "'--row'" in done.stderr


def test_render_json_says_where_each_stretch_comes_from(workspace):
    def place(line, start, last, end):
        first = {"line": line, "character": start}
        return {"start": first, "end": {"line": last, "character": end}}

    def text(value, where, variable=None):
        is_value = variable is not None
        return {"text": value, "isValue": is_value, "variable": variable, "range": where}

    film = "A good film, number 1"
    rendered = render(workspace, "prompts/films.prompt")
    metadata = rendered.pop("metadata")
    assert rendered == {
        "messages": [
            {"role": "system", "text": SYSTEM, "segments": [text(SYSTEM, place(16, 17, 17, 0))]},
            {
                "role": "user",
                "text": f"Review: {film}",
                "segments": [
                    text("Review: ", place(17, 15, 17, 23)),
                    text(film, place(17, 23, 17, 33), "review"),
                ],
            },
        ],
        "target": "positive",
    }
    assert metadata["input"]["schema"]["properties"] == {"review": {"type": "string"}}
    assert metadata["ext"]["tunesmith"]["task"] == "classification"


def test_a_prompt_that_takes_no_values_is_rendered_without_any(workspace):
    (workspace / "plain.prompt").write_text(
        "---\ninput: {default: {name: Ann}}\n---\nHi {{name}} {{media url='a.png'}}{{history}}",
        encoding="utf-8",
    )

    done = tunesmith("render", "plain.prompt", cwd=workspace)
    (message,) = render(workspace, "plain.prompt")["messages"]

    assert done.stdout == "[user]\nHi Ann [media a.png]\n\n"
    assert message["segments"][-1]["media"] == {"url": "a.png", "contentType": None}


def test_a_formatted_target_is_the_last_turn_of_the_template(workspace):
    rendered = render(workspace, "prompts/formatted.prompt", "--row", "2")

    assert [message["role"] for message in rendered["messages"]] == ["system", "user"]
    assert rendered["target"] == "Answer: negative"


def test_values_can_be_typed_in(workspace):
    rendered = render(workspace, "prompts/films.prompt", "--input", "review=Mine = {{role}}")

    assert rendered["messages"][1]["text"] == "Review: Mine = {{role}}"
    assert rendered["target"] is None


def test_tokens_are_those_of_the_models_own_chat_template(workspace):
    done = tunesmith("tokens", "prompts/films.prompt", "--row", "2", "--json", cwd=workspace)

    found = json.loads(done.stdout)
    tokenizer = AutoTokenizer.from_pretrained(workspace / "tiny")
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": "Review: A dull film, number 2"},
    ]
    asked = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    answer = tokenizer.encode("negative<|im_end|>", add_special_tokens=False)
    assert found["ids"] == [*asked, *answer]
    assert found["trained"] == [False] * len(asked) + [True] * len(answer)
    assert found["n_prompt"] == len(asked)
    assert found["ids"][-1] == found["end_id"]
    assert "".join(piece["text"] for piece in found["pieces"]).endswith("negative<|im_end|>")
    assert len(found["row_hash"]) == 64


def test_tokens_as_text(workspace):
    done = tunesmith("tokens", "prompts/films.prompt", cwd=workspace)

    lines = done.stdout.splitlines()
    assert lines[0].startswith("Row 1 of ")
    assert lines[0].endswith("read, 2 trained") or " trained" in lines[0]
    assert "⟦<|im_start|>⟧" in lines[3]
    assert "Trained" in lines


def test_a_model_without_tokens_for_the_prompt_is_one_message(workspace):
    write_tiny_model(workspace / "bare")
    (workspace / "bare" / "tokenizer.json").unlink()
    path = workspace / "prompts" / "bare.prompt"
    path.write_text(PROMPT.replace("base: local/tiny", "base: local/bare"), encoding="utf-8")

    done = tunesmith("tokens", path, cwd=workspace)

    assert (done.returncode, done.stdout) == (2, "")
    assert "tokenizer.json" in done.stderr


def test_previews_stream_one_row_after_the_other(workspace):
    words = ["preview", "prompts/films.prompt", "--row", "2", "--row", "1"]

    done = tunesmith(*words, cwd=workspace)

    assert done.returncode == 0, done.stderr
    # Tokens and seconds go to stderr, so that stdout is the answers alone.
    notes = done.stderr.splitlines()
    assert (notes[0], notes[2]) == ("row 2", "row 1")
    assert notes[1].startswith("8 tokens in ")
    assert done.stdout.endswith("\n")
    again = tunesmith("preview", "prompts/films.prompt", "--row", "2", cwd=workspace)
    assert done.stdout.startswith(again.stdout)


def test_a_preview_that_cannot_be_is_one_message(workspace):
    path = workspace / "prompts" / "hot.prompt"
    path.write_text(PROMPT.replace("max_new_tokens: 8", "temperature: 9"), encoding="utf-8")

    done = tunesmith("preview", path, cwd=workspace)

    assert done.returncode == 2
    assert "temperature: 9 is not a number from 0 to 2" in done.stderr
