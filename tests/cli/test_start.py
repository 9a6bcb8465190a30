"""How the command line starts, and how it fails."""

import subprocess
import sys

import pytest

from cli.workspaces import make_workspace, tunesmith
from tunesmith import __version__

HEAVY = ("torch", "transformers", "numpy", "pygls", "lsprotocol")
# The data behind a prompt is judged by what its model's tokenizer makes of it.
TOKENS = ("tokenizers", "jinja2")


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--version"], (*HEAVY, *TOKENS)),
        (["check", "plain.prompt"], (*HEAVY, *TOKENS)),
        (["check", "prompts"], HEAVY),
        (["runs", "list"], (*HEAVY, *TOKENS)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_quick_commands_import_nothing_heavy(tmp_path, monkeypatch, words, heavy):
    make_workspace(tmp_path)
    monkeypatch.setenv("TUNESMITH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "plain.prompt").write_text("Hello", encoding="utf-8")
    code = (
        "import sys\n"
        "from tunesmith.cli.app import app\n"
        f"try: app({words})\n"
        "except SystemExit as end: assert end.code in (0, 1)\n"
        f"print('heavy:', [name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.stdout.splitlines()[-1] == "heavy: []", done.stderr


def test_version(tmp_path):
    assert tunesmith("--version", cwd=tmp_path).stdout == f"tunesmith {__version__}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["render", "absent.prompt"], "absent.prompt"),
        (["tune", "prompts/films.prompt", "--set", "lr"], "--set lr: write it as name=value"),
        (["render", "prompts/films.prompt", "--row", "99"], "films.csv has no row 99: it has 40"),
        (["render", "prompts/films.prompt", "--row", "1", "--input", "a=b"], "exclude each other"),
        (["render", "prompts/films.prompt", "--input", "reviw=b"], 'did you mean "review"?'),
        (["tokens", "prompts/films.prompt"], "tiny"),
        (["tune", "prompts/films.prompt"], "tiny"),
        (["runs", "show", "nothing"], "no run nothing in"),
        (["runs", "cancel", "../nothing"], "no run ../nothing in"),
        (["models", "pull", "builtin/unheard"], "builtin/unheard"),
        (["data", "fetch", "unheard"], "movie-reviews"),
        (["demo"], "film-reviews.prompt"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_message_on_stderr(tmp_path, words, says):
    make_workspace(tmp_path)

    done = tunesmith(*words, cwd=tmp_path)

    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert done.stderr.startswith("tunesmith: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_failure(tmp_path):
    make_workspace(tmp_path)
    command = f"{sys.executable} -m tunesmith --help | head -1"

    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)

    assert done.stderr == ""
