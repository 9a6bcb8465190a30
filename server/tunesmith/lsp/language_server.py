"""The server object: what lives as long as the server does, and how its parts reach the editor."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from tunesmith import __version__
from tunesmith.lsp.board import Board
from tunesmith.lsp.checker import Checker
from tunesmith.lsp.neighbours import Neighbours
from tunesmith.lsp.previews import Previews
from tunesmith.lsp.progress import Bars
from tunesmith.lsp.protocol import Message, Protocol, RequestFailed
from tunesmith.lsp.run_feed import RunFeed
from tunesmith.lsp.run_news import RunNews
from tunesmith.lsp.runs import Runs
from tunesmith.lsp.session import Session, Snapshot
from tunesmith.lsp.tables import Tables
from tunesmith.lsp.token_pages import TokenPages
from tunesmith.prompt.files import PromptFileError
from tunesmith.settings import Settings

logger = logging.getLogger(__name__)


class TunesmithServer(LanguageServer):
    """One editor's server. All it knows it can read again: deleting it loses nothing."""

    protocol: Protocol  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, settings: Settings) -> None:
        super().__init__("tunesmith", __version__, protocol_cls=_ServerProtocol)  # pyright: ignore[reportUnknownMemberType]
        self.session = Session()
        self.board = Board(self._publish)
        self.neighbours = Neighbours(self.neighbours_changed)
        self.checker = Checker(self.session, self.board, self.neighbours)
        self.tables = Tables()
        self.previews = Previews(settings, self.tables)
        self.token_pages = TokenPages()
        self.bars = Bars(self)
        self.runs = Runs(settings)
        self.news = RunNews(self)
        self.feed = RunFeed(self.runs, self.news.tell)
        self._following: asyncio.Task[None] | None = None

    def begin(self, folders: Sequence[Path]) -> None:
        """The editor is ready: take up the runs that live in its folders."""
        for folder in folders:
            self.runs.of(folder)
        self._following = asyncio.create_task(self.feed.follow_all())

    async def end(self) -> None:
        """Stop what is ours; jobs go on."""
        if self._following:
            self._following.cancel()
            (why,) = await asyncio.gather(self._following, return_exceptions=True)
            if isinstance(why, Exception):
                logger.error("the feed of runs had ended", exc_info=why)
        self.neighbours.close()
        await self.checker.close()
        await self.previews.close()
        self.token_pages.close()

    @property
    def shows_pages(self) -> bool:
        """Whether the editor asks the server for pages that are no files."""
        workspace = self.client_capabilities.workspace
        content = workspace.text_document_content if workspace else None
        return bool(content and content.dynamic_registration)

    def snapshot(self, uri: str) -> Snapshot:
        """An open prompt, or one from disk. Raises RequestFailed where there is neither."""
        try:
            return self.session.get(uri) or self.session.read(uri)
        except PromptFileError as error:
            raise RequestFailed(str(error)) from error

    def neighbours_changed(self) -> None:
        """What is said of data, partials and parents may no longer hold."""
        self.checker.check_all()
        self.refresh_lenses()
        self.refresh_pages()

    def refresh_lenses(self) -> None:
        """Ask the editor to ask again."""
        workspace = self.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def refresh_pages(self) -> None:
        """Have pages made anew where they are still open."""
        for uri in self.token_pages.shown:
            self.workspace_text_document_content_refresh(
                types.TextDocumentContentRefreshParams(uri)
            )

    def refresh_hints(self) -> None:
        """Ask the editor to ask again."""
        workspace = self.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log it: an editor full of popups helps nobody."""
        logger.error("%s: %s", getattr(source, "__name__", source), error, exc_info=True)

    def _publish(self, uri: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        snapshot = self.session.get(uri)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=uri, diagnostics=diagnostics, version=snapshot.version if snapshot else None
            )
        )


class _ServerProtocol(Protocol):
    _server: TunesmithServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def on_unreadable(self, message: Message) -> None:
        """A lost change means that our copy of the text is no longer the editor's."""
        if message.get("method") == types.TEXT_DOCUMENT_DID_CHANGE:
            uri = message.get("params", {}).get("textDocument", {}).get("uri")
            if isinstance(uri, str):
                self._server.checker.lose(uri)
