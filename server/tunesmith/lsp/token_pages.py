"""Pages that show a row token for token, made by a process of their own that reads tokenizers."""

import asyncio
import logging
import re
import sys
import tempfile
from asyncio.subprocess import PIPE
from pathlib import Path
from urllib.parse import quote, unquote

from tunesmith.features.token_view import token_text
from tunesmith.lsp.session import Snapshot
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.tokens import NoTokens, TokenView, ViewTokens

logger = logging.getLogger(__name__)
SCHEME = "tunesmith-tokens"
"""Of the addresses by which an editor asks for a page that is no file."""
PATIENCE_S = 60.0
# -P: the folder we were started in is the workspace's, and nothing is imported from there.
COMMAND = (sys.executable, "-P", "-m", "tunesmith.analysis.tokens")
_ADDRESS = re.compile(rf"{SCHEME}:(?P<path>.+) row (?P<row>[0-9]{{1,9}})\.txt")


class TokenPageError(Exception):
    """Why there is no page, in words that say what to do."""


class TokenPages:
    """Makes each page anew: a row, a prompt and a model may all have changed."""

    def __init__(
        self, *, command: tuple[str, ...] = COMMAND, patience_s: float = PATIENCE_S
    ) -> None:
        self._command = command
        self._patience_s = patience_s
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.shown: set[str] = set()
        """Addresses of pages that the editor was asked to show, and may show still."""
        self._made: tuple[Snapshot, int, str] | None = None

    async def text(self, snapshot: Snapshot, row: int) -> str:
        """A row of the training data, from 1. Raises TokenPageError."""
        request = ViewTokens(
            path=str(snapshot.path),
            workspace=str(snapshot.workspace),
            text=snapshot.text,
            row=row,
        )
        line = await self._ask(dumps(request))
        try:
            return token_text(loads(TokenView, line))
        except WireError:
            pass
        try:
            problem = loads(NoTokens, line).problem
        except WireError as error:
            raise TokenPageError("the tokens were not found; the server's log says why") from error
        raise TokenPageError(problem)

    def lay_out(self, snapshot: Snapshot, row: int, text: str) -> None:
        """Keep a page that was just made for the editor, which is about to ask for it."""
        self._made = snapshot, row, text

    def take(self, snapshot: Snapshot, row: int) -> str | None:
        """The page that was laid out, once, if it is this one as things are now."""
        made, self._made = self._made, None
        return made[2] if made and made[0] is snapshot and made[1] == row else None

    def write(self, snapshot: Snapshot, row: int, text: str) -> Path:
        """The page as a file, for editors that show nothing else; it goes when the server does."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tunesmith-")
        path = Path(self._folder.name) / f"{snapshot.path.name} row {row}.txt"
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        return path

    def close(self) -> None:
        """Take the files away."""
        if self._folder is not None:
            self._folder.cleanup()

    async def _ask(self, line: str) -> str:
        """One line for another. Raises TokenPageError."""
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE)
        except OSError as error:
            raise TokenPageError(f"{self._command[0]} cannot be started: {error}") from error
        try:
            data = line.encode("utf-8", errors="backslashreplace") + b"\n"
            async with asyncio.timeout(self._patience_s):
                answer, _ = await process.communicate(data)
        except TimeoutError as error:
            raise TokenPageError(f"the tokens took more than {self._patience_s:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return answer.decode("utf-8", errors="replace")


def page_address(path: Path, row: int) -> str:
    """The address of a page, whose last part an editor shows as its title."""
    return f"{SCHEME}:{quote(path.as_posix())}%20row%20{row}.txt"


def read_address(uri: str) -> tuple[Path, int] | None:
    """The prompt and the row of a page; None for an address that is none of ours."""
    found = _ADDRESS.fullmatch(unquote(uri))
    return (Path(found["path"]), int(found["row"])) if found else None
