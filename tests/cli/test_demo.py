"""The demo against a real server process, with the tiny model in place of the real one."""

import re
import signal
import sys
from pathlib import Path

import pytest

from cli.workspaces import PROMPT, make_workspace, read_line, start, tunesmith
from tiny import write_tiny_model
from tunesmith.cli.demo.client import language_server
from tunesmith.cli.demo.feed import RunFeed
from tunesmith.cli.errors import CliError

SMALL = PROMPT.replace(
    "  base: local/tiny\n",
    "  base: local/tiny\n  max_rows: 16\n  batch_size: 4\n"
    "tunesmith.eval:\n  validation_rows: 8\n  test_rows: 12\n",
)
LAST_LINE = re.compile(
    r"demo: base=(0|1)\.\d+ prompted=(0|1)\.\d+ tfidf=(0|1)\.\d+ tuned=(0|1)\.\d+ "
    r"n=\d+ p=(1|0\.\d+) seconds=\d+"
)


@pytest.fixture
def workspace(tmp_path):
    path = make_workspace(tmp_path, SMALL, n_rows=80)
    path.rename(path.with_name("film-reviews.prompt"))
    write_tiny_model(tmp_path / "tiny")
    return tmp_path


def test_the_demo_plays_every_scene(workspace, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    done = tunesmith("demo", "--seed", "1", "--workspace", workspace, cwd=elsewhere)

    assert (done.returncode, done.stderr) == (0, "")
    for rule in ("data-column-missing", "unknown-helper", "unclosed-block"):
        assert f"error {rule}: " in done.stdout
    assert '   23 | {{rol "user"}}{{#if review}}Review: {{review}}\n' in done.stdout
    assert "Preview of row 2" in done.stdout
    assert done.stdout.count("(8 tokens in ") == 2
    assert "step 1/" in done.stdout
    assert re.search(r"\n  test tuned model +[.x]+ \d+/\d+\n", done.stdout)
    assert "best prompted base" in done.stdout
    report, last = done.stdout.splitlines()[-2:]
    assert LAST_LINE.fullmatch(last)
    assert report.startswith(f"report: {workspace}")
    assert "<html" in Path(report.removeprefix("report: ")).read_text(encoding="utf-8")
    assert "\x1b" not in done.stdout
    assert not (workspace / "prompts" / "film-reviews-broken.prompt").exists()


def test_ctrl_c_asks_the_run_to_stop(workspace):
    prompt = workspace / "prompts" / "film-reviews.prompt"
    text = prompt.read_text(encoding="utf-8")
    prompt.write_text(text.replace("  max_rows: 16", "  max_rows: 16\n  epochs: 100"))
    process = start("demo", cwd=workspace)
    while not read_line(process).startswith("step 1/"):
        assert process.poll() is None

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "Traceback" not in errors
    (run,) = (workspace / ".tunesmith" / "runs").iterdir()
    followed = tunesmith("runs", "show", run.name, "--follow", cwd=workspace)
    assert "cancelled at step" in followed.stdout


async def test_what_the_server_refuses_is_its_own_words(workspace):
    command = [sys.executable, "-m", "tunesmith", "serve"]

    async with language_server(command, workspace) as client:
        arguments = {"command": "tunesmith.server.fineTune", "arguments": [{"uri": "file:///x"}]}
        with pytest.raises(CliError, match="x"):
            await client.request("workspace/executeCommand", arguments)


async def test_a_server_that_dies_is_quoted(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('no lsp here')"]

    with pytest.raises(CliError, match="the language server ended: no lsp here"):
        async with language_server(command, tmp_path):
            pass


def test_a_prompt_without_a_place_for_the_mistakes_is_refused(workspace):
    (workspace / "prompts" / "film-reviews.prompt").write_text("Hello", encoding="utf-8")

    done = tunesmith("demo", cwd=workspace)

    assert done.returncode == 2
    assert "the demo's prompt must contain 'target: sentiment'" in done.stderr


async def test_a_server_that_dies_in_the_middle_of_a_run_ends_the_wait(workspace):
    command = [sys.executable, "-m", "tunesmith", "serve"]

    with pytest.raises(CliError, match="the language server ended"):
        async with language_server(command, workspace) as client:
            feed = RunFeed(client)
            # Nobody sends `exit` without `shutdown` but a client that is going away.
            client.notify("exit", None)
            async for _ in feed.events("never"):
                pass
