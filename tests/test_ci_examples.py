"""What `docs/ci.md` tells people to copy works as it stands."""

import re
import shlex
from pathlib import Path
from typing import Any

from cli.workspaces import make_workspace, tunesmith
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")


def read(text: str) -> Any:
    # PyYAML itself takes the key `on` of a workflow for true.
    root, problems = read_yaml(text, Span(0, len(text)))
    assert not problems
    return root.value


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def hooks() -> list[dict[str, Any]]:
    return read("hooks:\n" + (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))["hooks"]


def commands() -> list[str]:
    """Every command line of ours in the guide and in the hooks, up to what the shell adds."""
    config, workflow = blocks("yaml")
    (job,) = read(workflow)["jobs"].values()
    lines = [step["run"] for step in job["steps"] if "run" in step]
    lines += [line for block in blocks("sh") for line in block.splitlines()]
    lines += [hook["entry"] + " ." for hook in (*hooks(), *read(config)["repos"][0]["hooks"])]
    return [line.partition(" > ")[0] for line in lines if line.startswith("tunesmith ")]


def test_there_are_commands_for_every_place():
    assert len(commands()) == 7


def test_every_command_runs_in_the_order_of_the_guide(tmp_path: Path):
    make_workspace(tmp_path)

    for command in dict.fromkeys(commands()):
        done = tunesmith(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"


def test_a_hook_has_what_pre_commit_asks_for():
    for hook in hooks():
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        assert re.search(hook["files"], "prompts/a.prompt")
        assert not re.search(hook["files"], "prompts/a.prompt.md")


def test_the_workflow_may_upload_what_it_finds():
    _, text = blocks("yaml")
    workflow = read(text)

    (job,) = workflow["jobs"].values()
    (upload,) = [step for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    assert workflow["permissions"]["security-events"] == "write"
    assert f"> {upload['with']['sarif_file']} " in text
