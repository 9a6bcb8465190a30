"""A real editor's end of the wire: a server process of its own, and what it has said so far."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

from tunesmith.wire.editor import RUN_DID_EMIT, RUN_EVENTS, RUN_LIST

SERVE = [sys.executable, "-P", "-m", "tunesmith", "serve"]
GRAVE = (types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning)
PATIENCE_S = 20


class Editor:
    """Opens and edits prompts, presses buttons, and waits for what it is to see."""

    def __init__(self, client: LanguageClient, workspace: Path) -> None:
        self.client = client
        self.workspace = workspace
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.emitted: list[dict[str, Any]] = []
        self.exit_code: int | None = None
        self.progress: list[dict[str, Any]] = []
        self.asked: list[Any] = []
        self.refreshed = 0
        self.outdated: list[types.TextDocumentContentRefreshParams] = []
        self._news = asyncio.Event()
        for method, take in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._on_diagnostics),
            (RUN_DID_EMIT, self._on_emit),
            (types.PROGRESS, self._on_progress),
            (types.CLIENT_REGISTER_CAPABILITY, self.asked.append),
            (types.WORKSPACE_CODE_LENS_REFRESH, self._on_refresh),
            (types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, self.outdated.append),
        ):
            client.protocol.fm.features.pop(method, None)
            client.feature(method)(partial(take))

    def _on_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        self.published.setdefault(params.uri, []).append(params)
        self._news.set()

    def _on_refresh(self, _params: None) -> None:
        self.refreshed += 1

    def _on_emit(self, params: Any) -> None:
        self.emitted.append(plain(params))
        self._news.set()

    def _on_progress(self, params: types.ProgressParams) -> None:
        self.progress.append({"token": params.token, **plain(params.value)})
        self._news.set()

    async def until(self, found: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
        """The first true answer of `found`, asked again whenever the server has said something."""
        async with asyncio.timeout(patience_s):
            while not (answer := found()):
                self._news.clear()
                await self._news.wait()
            return answer

    def open(self, name: str, text: str | None = None) -> str:
        """Open a file of the workspace, with what is on disk or with another text."""
        path = self.workspace / name
        text = path.read_text(encoding="utf-8") if text is None else text
        document = types.TextDocumentItem(path.as_uri(), "dotprompt", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return path.as_uri()

    def edit(self, uri: str, version: int, start: tuple[int, int], text: str) -> None:
        """Insert text at a line and column."""
        place = types.Position(*start)
        change = types.TextDocumentContentChangePartial(types.Range(place, place), text)
        document = types.VersionedTextDocumentIdentifier(version, uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def tell_changed(self, *paths: Path) -> None:
        """Say that files on disk have changed."""
        changes = [types.FileEvent(path.as_uri(), types.FileChangeType.Changed) for path in paths]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

    async def codes(self, uri: str, version: int, wanted: set[str]) -> list[types.Diagnostic]:
        """The errors and warnings of one version, once their codes are as `wanted`."""

        def found():
            for params in reversed(self.published.get(uri, [])):
                grave = [note for note in params.diagnostics if note.severity in GRAVE]
                if params.version == version and {note.code for note in grave} == wanted:
                    return [grave]
            return None

        (notes,) = await self.until(found)
        return notes

    async def execute(self, command: str, **argument: Any) -> dict[str, Any]:
        """Run a command of the server."""
        params = types.ExecuteCommandParams(command, [argument])
        return plain(await self.client.workspace_execute_command_async(params))

    async def runs(self) -> list[dict[str, Any]]:
        """What `tunesmith/run/list` says."""
        answer = await self.client.protocol.send_request_async(RUN_LIST, {})
        return plain(answer)["runs"]

    async def events(self, run_id: str, since: int = 0) -> list[dict[str, Any]]:
        """What `tunesmith/run/events` says."""
        params = {"runId": run_id, "sinceSeq": since}
        return plain(await self.client.protocol.send_request_async(RUN_EVENTS, params))["events"]

    def heard(self, run_id: str) -> list[dict[str, Any]]:
        """The events of a run that came by themselves."""
        return [e for m in self.emitted if m["runId"] == run_id for e in m["events"]]

    def status(self, run_id: str) -> str | None:
        """Of a run, as last told."""
        states = [m["state"]["status"] for m in self.emitted if m["runId"] == run_id]
        return states[-1] if states else None

    async def kill(self) -> None:
        """End the server as a crash would."""
        server = self.client._server
        assert server is not None
        server.kill()
        await server.wait()


@asynccontextmanager
async def editor(
    workspace: Path,
    *,
    watches: bool = True,
    shows_files: bool = True,
    shows_pages: bool = False,
    **environment: str,
) -> AsyncIterator[Editor]:
    """An editor on a workspace with a server of its own; the server ends with the context.

    It offers to watch files, and to show files and pages that are no files, or it does not.
    """
    config = ClientServerConfig(
        server_command=SERVE,
        client_factory=make_test_lsp_client,
        server_env={**os.environ, **environment},
    )
    client = await config.start()
    assert isinstance(client, LanguageClient)
    one = Editor(client, workspace)
    capabilities = client_capabilities("visual-studio-code")
    if not watches and capabilities.workspace:
        capabilities.workspace.did_change_watched_files = None
    if not shows_files and capabilities.window:
        capabilities.window.show_document = None
    if shows_pages and capabilities.workspace:
        pages = types.TextDocumentContentClientCapabilities(dynamic_registration=True)
        capabilities.workspace.text_document_content = pages
    folder = types.WorkspaceFolder(uri=workspace.as_uri(), name=workspace.name)
    await client.initialize_session(
        types.InitializeParams(capabilities=capabilities, workspace_folders=[folder])
    )
    try:
        yield one
        if client._server and client._server.returncode is None:
            await client.shutdown_session()
            one.exit_code = client._server.returncode
    finally:
        # Of a test that failed; the client would wait for the server for ever.
        if client._server and client._server.returncode is None:
            client._server.kill()
        await client.stop()


def plain(value: Any) -> Any:
    """Objects that pygls made of our messages, as dicts and lists again."""
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
