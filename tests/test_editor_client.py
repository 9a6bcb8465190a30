"""The VS Code extension checks and packages."""

import shutil
import subprocess
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[1] / "editor-client"
pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None,
    reason="npm is not on this machine: the VS Code extension was not checked",
)


def npm(*arguments):
    return subprocess.run(["npm", *arguments], cwd=CLIENT, capture_output=True, text=True)


@pytest.fixture(scope="module", autouse=True)
def installed():
    lock, stamp = CLIENT / "package-lock.json", CLIENT / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        done = npm("ci")
        assert done.returncode == 0, done.stderr[-3000:]


def test_the_extension_is_clean():
    done = npm("run", "check")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_the_extension_packages():
    done = npm("run", "package")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert list(CLIENT.glob("*.vsix"))
