from cli.workspaces import tunesmith

SAYS = ("tunesmith", "python", "engine", "device", "model", "cache", "node")


def test_a_machine_that_has_it_all(tmp_path):
    done = tunesmith("doctor", cwd=tmp_path)

    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == list(SAYS)
    assert "torch 2." in lines[2]
    assert lines[-1] == "All is well: lint, previews and tuning work here."
    assert done.returncode == 0


def test_what_is_missing_comes_with_the_command_that_brings_it(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho \"No module named 'torch'\" >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    env = {
        "TUNESMITH_CACHE": str(tmp_path / "cache"),
        "TUNESMITH_ENGINE_PYTHON": str(tmp_path / "python"),
    }

    done = tunesmith("doctor", cwd=tmp_path, env=env)

    problems = [line for line in done.stdout.splitlines() if line.startswith("problem: ")]
    assert len(problems) == 2
    assert f"{tmp_path}/python -m pip install 'tunesmith[engine]'" in problems[0]
    assert "tunesmith models pull" in problems[1]
    assert done.returncode == 1


def test_an_engine_that_is_not_there(tmp_path):
    done = tunesmith("doctor", cwd=tmp_path, env={"TUNESMITH_ENGINE_PYTHON": "/nowhere/python"})

    assert "set TUNESMITH_ENGINE_PYTHON to a Python that has torch" in done.stdout
    assert done.returncode == 1
