"""The demo, scene by scene; every answer comes from the language server."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from tunesmith.cli.carets import carets
from tunesmith.cli.demo.broken import MISTAKES, break_prompt
from tunesmith.cli.demo.client import LspClient, language_server
from tunesmith.cli.demo.feed import RunFeed
from tunesmith.cli.demo.verdict import last_line
from tunesmith.cli.errors import CliError
from tunesmith.cli.live import RunScreen
from tunesmith.cli.table import score_table
from tunesmith.prompt.text import LineIndex, Span
from tunesmith.wire.codec import from_plain, to_plain
from tunesmith.wire.editor import (
    CANCEL_COMMAND,
    FINE_TUNE_COMMAND,
    PREVIEW_COMMAND,
    PreviewResult,
    PromptParams,
    RunParams,
)
from tunesmith.wire.events import Event

PROMPT = "prompts/film-reviews.prompt"
LINT_S = 60.0
"""How long the rules may take on a slow machine."""
SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}


async def play(workspace: Path, *, seed: int, shuffle_labels: bool) -> None:
    """All scenes; the last line is for programs. Raises CliError where one cannot be played."""
    started = time.monotonic()
    path = workspace / PROMPT
    text = _read(path)
    console = Console(highlight=False)
    command = [sys.executable, "-P", "-m", "tunesmith", "serve"]
    async with language_server(command, workspace) as client:
        await show_mistakes(client, console, path, text)
        _open(client, path.as_uri(), text)
        await show_previews(client, console, path.as_uri())
        params = PromptParams(uri=path.as_uri(), seed=seed, shuffleLabels=shuffle_labels)
        events, report = await fine_tune(client, console, params)
    console.print(score_table(events))
    print(f"report: {report}")
    print(last_line(events, time.monotonic() - started))


async def show_mistakes(client: LspClient, console: Console, path: Path, text: str) -> None:
    """Type a broken copy of the prompt, which is never on disk, and print what the server says."""
    _title(console, "A prompt with three mistakes")
    broken = break_prompt(text)
    # In the same folder, so that its paths mean the same.
    uri = path.with_name("film-reviews-broken.prompt").as_uri()
    diagnostics = await _diagnostics(client, uri, broken)
    for diagnostic in sorted(diagnostics, key=_place):
        console.print(_shown(diagnostic, broken), soft_wrap=True)
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


async def show_previews(client: LspClient, console: Console, uri: str) -> None:
    """Stream what the untuned model answers to two rows."""
    for row in (1, 2):
        _title(console, f"Preview of row {row}")
        stream = _Stream(console, token=f"preview-{row}")
        client.on("$/progress", stream.take)
        arguments = PromptParams(uri=uri, row=row)
        plain = await _execute(client, PREVIEW_COMMAND, arguments, stream.token)
        result = from_plain(PreviewResult, plain)
        stream.finish(result)


async def fine_tune(
    client: LspClient, console: Console, params: PromptParams
) -> tuple[list[Event], str | None]:
    """Press "Fine-tune with this prompt" and watch; the run's events and its report.

    Raises CliError where the run did not finish; interrupted, it asks the run to stop.
    """
    _title(console, "Fine-tune with this prompt")
    feed = RunFeed(client)
    run_id = (await _execute(client, FINE_TUNE_COMMAND, params))["runId"]
    events: list[Event] = []
    try:
        with RunScreen(console) as screen:
            async for event in feed.events(run_id):
                screen.show(event)
                events.append(event)
    except asyncio.CancelledError:
        await _execute(client, CANCEL_COMMAND, RunParams(runId=run_id))
        raise
    return events, feed.report


async def _diagnostics(client: LspClient, uri: str, text: str) -> list[dict[str, Any]]:
    """The server's list for `text`, once it names every planted mistake."""
    expected = {mistake.rule for mistake in MISTAKES}
    complete: asyncio.Future[list[dict[str, Any]]] = asyncio.get_running_loop().create_future()

    def take(params: dict[str, Any]) -> None:
        found = {diagnostic["code"] for diagnostic in params["diagnostics"]}
        if params["uri"] == uri and expected <= found and not complete.done():
            complete.set_result(params["diagnostics"])

    client.on("textDocument/publishDiagnostics", take)
    _open(client, uri, text)
    try:
        return await asyncio.wait_for(complete, LINT_S)
    except TimeoutError:
        raise CliError(
            f"the server did not report all of {', '.join(sorted(expected))} in {LINT_S:.0f} s",
            code=1,
        ) from None


class _Stream:
    """An answer, printed as it grows."""

    def __init__(self, console: Console, token: str) -> None:
        self.token = token
        self._console = console
        self._printed = ""

    def take(self, params: dict[str, Any]) -> None:
        """A `$/progress` notification; its message is the end of the answer so far."""
        if params["token"] == self.token and params["value"]["kind"] == "report":
            self._print(new_part(self._printed, params["value"]["message"]))

    def finish(self, result: PreviewResult) -> None:
        """The rest of the answer, and what it cost."""
        self._print(new_part(self._printed, result.output))
        speed = f"{result.tokens} tokens in {result.seconds:.2f} s"
        self._console.print(Text(f"\n({speed})", style="dim"))

    def _print(self, more: str) -> None:
        self._console.print(Text(more), end="", soft_wrap=True)
        self._printed += more


def new_part(known: str, end: str) -> str:
    """What `end`, the end of a text that grew, adds to what is `known` of it.

    >>> new_part("good fi", "od film"), new_part("", "good"), new_part("good", "good")
    ('lm', 'good', '')
    """
    overlaps = range(min(len(known), len(end)), -1, -1)
    return next(end[n:] for n in overlaps if known.endswith(end[:n]))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CliError(
            f"{path}: {error.strerror}; run the demo in a checkout of Tunesmith, or name one "
            "with --workspace"
        ) from error


def _open(client: LspClient, uri: str, text: str) -> None:
    document = {"uri": uri, "languageId": "dotprompt", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})


async def _execute(
    client: LspClient, command: str, argument: PromptParams | RunParams, token: str | None = None
) -> dict[str, Any]:
    params: dict[str, object] = {"command": command, "arguments": [to_plain(argument)]}
    if token:
        params["workDoneToken"] = token
    return await client.request("workspace/executeCommand", params)


def _title(console: Console, text: str) -> None:
    console.print(Text(f"\n{text}", style="bold"))


def _place(diagnostic: dict[str, Any]) -> tuple[int, int]:
    start = diagnostic["range"]["start"]
    return start["line"], start["character"]


def _shown(diagnostic: dict[str, Any], text: str) -> Text:
    place, lines = diagnostic["range"], LineIndex(text)
    span = Span(
        lines.offset(place["start"]["line"], place["start"]["character"]),
        lines.offset(place["end"]["line"], place["end"]["character"]),
    )
    severity = SEVERITIES[diagnostic["severity"]]
    head = f"{severity} {diagnostic['code']}: {diagnostic['message']}"
    return Text(f"{head}\n{carets(text, span)}")
