"""The preview worker, as the command line uses it: one process, one request at a time."""

import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO

from tunesmith.cli.errors import CliError
from tunesmith.settings import read_settings
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.preview import Done, Generate, Problem, Token

REPLIES: dict[str, type[Token | Done | Problem]] = {"token": Token, "done": Done}


class PreviewWorker:
    """Asks a running worker."""

    def __init__(self, process: subprocess.Popen[str], log: IO[str]) -> None:
        self._process = process
        self._log = log

    def ask(self, request: Generate) -> Iterator[Token | Done]:
        """The replies to `request`. Raises CliError where the worker has a problem or ends."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(dumps(request) + "\n")
            stdin.flush()
        except BrokenPipeError:
            raise CliError(self._last_words(), code=1) from None
        for line in stdout:
            op = str(loads(dict[str, object], line).get("op"))
            reply = loads(REPLIES.get(op, Problem), line)
            if isinstance(reply, Problem):
                raise CliError(reply.message, code=1)
            yield reply
            if isinstance(reply, Done):
                return
        raise CliError(self._last_words(), code=1)

    def _last_words(self) -> str:
        self._log.seek(0)
        return f"the preview worker ended: {self._log.read()[-2000:].strip() or 'without a word'}"


@contextmanager
def preview_worker() -> Generator[PreviewWorker]:
    """A worker that ends with the context. Raises CliError where it cannot be started."""
    # Nothing is imported from the folder that a person happens to be in.
    command = [read_settings().engine_python, "-P", "-m", "tunesmith.engine.serve"]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                errors="backslashreplace",
            )
        except OSError as error:
            raise CliError(
                f"{command[0]} cannot be started ({error.strerror}): "
                "set TUNESMITH_ENGINE_PYTHON to a Python that has torch"
            ) from error
        try:
            yield PreviewWorker(process, log)
        finally:
            # It ends when its stdin closes, in the middle of an answer too.
            process.communicate()
