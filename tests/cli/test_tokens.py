"""What `tunesmith tokens` shows of a row is what a job trains on, token for token."""

import json
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from chat_models import THINKING
from cli.workspaces import PROMPT, make_workspace, tunesmith
from tiny import write_tiny_model
from tiny_gguf import write_tiny_gguf


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")
    return tmp_path


def view(workspace: Path, row: int = 1) -> dict:
    done = tunesmith("tokens", "prompts/films.prompt", "--row", row, "--json", cwd=workspace)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("is_switched", [False, True])
def test_every_row_has_the_hash_that_the_job_wrote_down(workspace: Path, is_switched: bool):
    if is_switched:
        (workspace / "tiny" / "chat_template.jinja").write_text(THINKING)
        kwargs = "  chat_template_kwargs: {enable_thinking: false}"
        prompt = PROMPT.replace("  base: local/tiny", f"  base: local/tiny\n{kwargs}")
        (workspace / "prompts" / "films.prompt").write_text(prompt)
    done = tunesmith("tune", "prompts/films.prompt", "--set", "epochs=1", cwd=workspace)
    assert done.returncode == 0, done.stderr
    (written,) = workspace.glob(".tunesmith/runs/*/rows.jsonl")
    rows = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]

    shown = {
        row["row_id"]: view(workspace, row["row_id"].removeprefix("r"))["row_hash"]
        for row in rows[::8]
    }

    assert len(rows) == 40
    assert shown == {row["row_id"]: row["row_hash"] for row in rows[::8]}
    found = view(workspace)
    text = "".join(piece["text"] for piece in found["pieces"])
    thoughts = "<think>\n\n</think>\n\n" if is_switched else ""
    assert text.endswith(f"<|im_start|>assistant\n{thoughts}positive<|im_end|>")
    assert found["trained"] == [False] * found["n_prompt"] + [True] * 3


def test_a_row_is_what_transformers_makes_of_it(workspace: Path):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(workspace / "tiny")
    turns = [
        {"role": "system", "content": "Say whether the film review is positive or negative.\n"},
        {"role": "user", "content": "Review: A good film, number 1"},
    ]
    asked = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    text = tokenizer.apply_chat_template(
        [*turns, {"role": "assistant", "content": "positive"}], tokenize=False
    )

    found = view(workspace)

    assert found["ids"][: found["n_prompt"]] == asked
    assert found["ids"] == tokenizer(str(text).removesuffix("\n"))["input_ids"]
    assert "".join(piece["text"] for piece in found["pieces"]) == str(text).removesuffix("\n")
    assert found["trained"] == [place >= len(asked) for place in range(len(found["ids"]))]
    assert found["end_id"] == tokenizer.eos_token_id == found["ids"][-1]
    control = [piece["text"] for piece in found["pieces"] if piece["is_control"]]
    assert control == ["<|im_start|>", "<|im_end|>"] * 3


def test_the_whole_data_set_is_counted_against_the_limit(workspace: Path):
    lengths = [len(view(workspace, row)["ids"]) for row in (1, 2, 10)]
    limited = PROMPT.replace("base: local/tiny", f"base: local/tiny\n  max_length: {lengths[0]}")
    (workspace / "prompts" / "films.prompt").write_text(limited)

    found = view(workspace)

    # Rows of two digits, and those that say "negative", have more tokens than the first.
    assert found["max_length"] == lengths[0] < max(lengths)
    assert found["data"] == {
        "n_rows": 40,
        "is_all": True,
        "n_dropped": 40 - 5,
        "n_cut": 0,
        "longest": max(lengths),
        "longest_line": 11,
    }


def test_the_page_is_for_reading(workspace: Path):
    done = tunesmith("tokens", "prompts/films.prompt", cwd=workspace)

    head, *_ = done.stdout.splitlines()
    assert head.startswith("Row 1 of ../data/films.csv (line 2), for local/tiny (chat): ")
    assert "⟦<|im_start|>⟧" in done.stdout
    _, _, trained = done.stdout.partition("\nTrained\n")
    assert trained.partition("\n")[0].replace("│", "") == "positive⟦<|im_end|>⟧"
    assert "None of 40 rows is cut or left out" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_colour_terminal_gets_colours(workspace: Path):
    colours = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "60"}

    done = tunesmith("tokens", "prompts/films.prompt", cwd=workspace, env=colours)

    assert "\x1b[1;32mpos" in done.stdout
    assert "\x1b[35m⟦<|im_end|>⟧\x1b[0m" in done.stdout


def test_a_gguf_file_is_converted_once(tmp_path: Path):
    make_workspace(tmp_path, PROMPT.replace("local/tiny", "local/tiny.gguf"))
    write_tiny_gguf(tmp_path / "tiny.gguf")
    cache = {"TUNESMITH_CACHE": str(tmp_path / "cache")}

    first, second = (
        tunesmith("tokens", "prompts/films.prompt", "--json", cwd=tmp_path, env=cache)
        for _ in range(2)
    )

    assert first.stderr == "converting tiny.gguf to safetensors (once)\n"
    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["model"] == "local/tiny.gguf"


def test_what_is_no_gguf_file_is_refused(tmp_path: Path):
    make_workspace(tmp_path, PROMPT.replace("local/tiny", "local/tiny.gguf"))
    (tmp_path / "tiny.gguf").write_text("no weights")
    cache = {"TUNESMITH_CACHE": str(tmp_path / "cache")}

    done = tunesmith("tokens", "prompts/films.prompt", cwd=tmp_path, env=cache)

    assert done.returncode == 1
    assert "Repeat: tunesmith models pull local/tiny.gguf" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("films.csv", "none.csv", "films.prompt: there is no ../data/none.csv"),
        ("../data/films.csv", "../../x.csv", "../../x.csv lies outside the workspace"),
        ("tunesmith.data:", "x.data:", 'films.prompt names no data: add "tunesmith.data: {train:'),
        ("local/tiny", "local/none", "none is not a folder"),
        ("{{review}}", "{{#each review as |x}}", "films.prompt, line "),
    ],
)
def test_why_there_are_no_tokens(workspace: Path, old: str, new: str, problem: str):
    (workspace / "prompts" / "films.prompt").write_text(PROMPT.replace(old, new))

    done = tunesmith("tokens", "prompts/films.prompt", cwd=workspace)

    assert done.returncode == 2
    assert problem in done.stderr
