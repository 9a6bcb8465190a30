"""What the editor hears of runs: our own message, a progress bar, the lenses, how they ended."""

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from tunesmith.features.convert import SOURCE, line_range
from tunesmith.features.run_view import (
    label,
    last_word,
    percentage,
    prompt_path,
    run_view,
    title_of,
)
from tunesmith.jobs.store import Run
from tunesmith.lsp.progress import Bar
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import RUN_DID_EMIT, RunDidEmit, RunView
from tunesmith.wire.events import Record

if TYPE_CHECKING:
    from tunesmith.lsp.language_server import TunesmithServer


class RunNews:
    """Passes on what the feed brings."""

    def __init__(self, server: "TunesmithServer") -> None:
        self._server = server
        self._bars: dict[str, Bar] = {}
        self._status: dict[str, str] = {}

    def view(self, run: Run) -> RunView:
        """A run as the editor shows it."""
        return run_view(run, self._server.session.uri_of(prompt_path(run)))

    def tell(self, run: Run, records: list[Record]) -> None:
        """Something is new in a run."""
        events = tuple(record.plain() for record in records)
        message = RunDidEmit(runId=run.run_id, state=self.view(run), events=events)
        self._server.protocol.notify(RUN_DID_EMIT, to_plain(message))
        self._show_progress(run)
        if self._status.get(run.run_id) != run.status or run.is_over:
            self._status[run.run_id] = run.status
            self._server.refresh_lenses()
        self._blame(run)

    def _show_progress(self, run: Run) -> None:
        bar = self._bars.get(run.run_id)
        if bar is None and not run.is_over:
            bar = self._server.bars.open(title_of(run), lambda: self._cancel(run.run_id))
            self._bars[run.run_id] = bar
        if bar is None:
            return
        if run.is_over:
            bar.end(label(run))
            del self._bars[run.run_id]
            self._say_how_it_ended(run)
        else:
            bar.report(label(run), percentage(run.state))

    def _say_how_it_ended(self, run: Run) -> None:
        if words := last_word(run):
            kind = types.MessageType.Info if run.state.finished else types.MessageType.Error
            self._server.window_show_message(types.ShowMessageParams(kind, words))

    def _cancel(self, run_id: str) -> None:
        found = self._server.runs.find(run_id)
        if found:
            found[0].cancel(run_id)

    def _blame(self, run: Run) -> None:
        """Show why a run failed where the reason is; a newer run of the prompt takes it away."""
        owner = f"run {prompt_path(run)}"
        failed = run.state.failed
        if failed is None or failed.path is None:
            self._server.board.put(owner, {})
            return
        uri = self._server.session.uri_of(Path(run.spec.workspace) / failed.path)
        note = types.Diagnostic(
            range=line_range(failed.line or 1),
            message=failed.message,
            severity=types.DiagnosticSeverity.Error,
            code="run-failed",
            source=SOURCE,
        )
        self._server.board.put(owner, {uri: [note]})
