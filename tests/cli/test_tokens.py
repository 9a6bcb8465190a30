"""What `tunesmith tokens` shows of a row is what a job trains on, token for token."""

import json

from cli.workspaces import make_workspace, tunesmith
from tiny import write_tiny_model


def test_every_row_has_the_hash_that_the_job_wrote_down(tmp_path):
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")
    done = tunesmith("tune", "prompts/films.prompt", "--set", "epochs=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (written,) = tmp_path.glob(".tunesmith/runs/*/rows.jsonl")
    rows = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]

    shown = {}
    for row in rows[::8]:
        number = row["row_id"].removeprefix("r")
        done = tunesmith("tokens", "prompts/films.prompt", "--row", number, "--json", cwd=tmp_path)
        shown[row["row_id"]] = json.loads(done.stdout)["row_hash"]

    assert len(rows) == 40
    assert shown == {row["row_id"]: row["row_hash"] for row in rows[::8]}
