"""Keeps the diagnostics of open prompts true: text rules at once, data rules by the worker."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from lsprotocol import types

from tunesmith.features.convert import SOURCE, to_range
from tunesmith.features.diagnostics import carry, diagnostics_by_uri
from tunesmith.features.settings_diagnostics import settings_diagnostics
from tunesmith.lint.facts import Facts, blame, gather
from tunesmith.lint.run import lint_text
from tunesmith.lint.settings import lint_settings
from tunesmith.lsp.analysis import Analysis
from tunesmith.lsp.board import Board
from tunesmith.lsp.neighbours import Neighbours
from tunesmith.lsp.pace import Pace
from tunesmith.lsp.session import Session, Snapshot
from tunesmith.plan import PlanError
from tunesmith.wire.finding import Finding

REST_S = 0.01
"""Less than lies between two keystrokes of the fastest typist."""
QUIET_S = 0.15
LOST = (
    "The editor sent a change that could not be read, so this file is no longer checked: "
    "close it and open it again."
)


class Checker:
    """Lints what the session has open and puts the findings on the board."""

    def __init__(self, session: Session, board: Board, neighbours: Neighbours) -> None:
        self._session = session
        self._board = board
        self._neighbours = neighbours
        self._pace = Pace(REST_S)
        self._quiet: dict[str, asyncio.TimerHandle] = {}
        self._data: dict[str, tuple[Snapshot, Sequence[Finding]]] = {}
        self._judged: set[Path] = set()
        self.analysis = Analysis(self._on_analysed)

    def check(self, uri: str) -> None:
        """Check the newest version of a file, soon."""
        self._pace.soon(uri, lambda: self._check(uri))
        self._board.clear(f"plan {uri}")

    def check_all(self) -> None:
        """Check every open file anew, since something beside them changed."""
        for snapshot in self._session:
            self._session.refresh(snapshot.uri)
            self.check(snapshot.uri)

    def findings_of(self, snapshot: Snapshot) -> list[Finding]:
        """What is found in this version: by the text rules, and by the worker if it has seen it."""
        seen, about_data = self._data.get(snapshot.uri, (None, ()))
        known = about_data if seen is snapshot else ()
        return [*self.text_findings(snapshot), *known]

    def text_findings(self, snapshot: Snapshot) -> list[Finding]:
        """What the text rules find in this version."""
        return _text_findings(snapshot, gather(snapshot.loaded, snapshot.workspace))

    def refuse(self, snapshot: Snapshot, error: PlanError | None) -> None:
        """Say why there is no run at the key to blame, until the file is checked anew."""
        if error is None or not self._session.is_current(snapshot):
            self._board.clear(f"plan {snapshot.uri}")
            return
        span = blame(snapshot.loaded.prompt, *error.key)
        note = types.Diagnostic(
            range=to_range(span, snapshot.lines, self._session.unit),
            message=str(error),
            severity=types.DiagnosticSeverity.Error,
            code="run-refused",
            source=SOURCE,
        )
        self._board.put(f"plan {snapshot.uri}", {snapshot.uri: [note]})

    def forget(self, uri: str) -> None:
        """A file was closed: nothing is said about it, or because of it, any more."""
        self._pace.drop(uri)
        self._later(uri, None)
        self.analysis.drop(uri)
        self._data.pop(uri, None)
        self._neighbours.see(uri, set())
        self._board.clear(f"text {uri}", f"data {uri}", f"plan {uri}")
        self._judge_settings({each.workspace for each in self._session if each.uri != uri})

    def lose(self, uri: str) -> None:
        """A change of this file was lost: better no word about it than a wrong one."""
        self._session.close(uri)
        self.forget(uri)
        start = types.Position(0, 0)
        severity = types.DiagnosticSeverity.Warning
        note = types.Diagnostic(types.Range(start, start), LOST, severity=severity, source=SOURCE)
        self._board.put(f"text {uri}", {uri: [note]})

    async def close(self) -> None:
        """Stop checking."""
        for snapshot in self._session:
            self.forget(snapshot.uri)
        await self.analysis.close()

    def _check(self, uri: str) -> None:
        snapshot = self._session.get(uri)
        if snapshot is None:
            return
        facts = gather(snapshot.loaded, snapshot.workspace)
        self._neighbours.see(uri, _folders(snapshot, facts))
        self._carry_data(snapshot)
        self._show(f"text {uri}", snapshot, _text_findings(snapshot, facts))
        self._judge_settings({each.workspace for each in self._session})
        if snapshot.loaded.extension.has_training:
            self._later(uri, lambda: self.analysis.ask(snapshot))

    def _judge_settings(self, workspaces: set[Path]) -> None:
        """Let the settings of these workspaces be all that anything is said about."""
        self._board.clear(*(f"settings {gone}" for gone in self._judged - workspaces))
        self._judged = workspaces
        for workspace in workspaces:
            notes = settings_diagnostics(lint_settings(workspace).problems)
            self._board.put(f"settings {workspace}", notes)

    def _carry_data(self, snapshot: Snapshot) -> None:
        """Let what is known of the data stand until the worker has seen the new version."""
        if snapshot.uri not in self._data:
            return
        old, findings = self._data[snapshot.uri]
        is_wanted = snapshot.loaded.extension.has_training
        carried = carry(findings, old.text, snapshot.text) if is_wanted else ()
        self._data[snapshot.uri] = snapshot, carried
        self._put(f"data {snapshot.uri}", snapshot, carried)

    def _on_analysed(self, snapshot: Snapshot, findings: tuple[Finding, ...]) -> None:
        if self._session.is_current(snapshot):
            self._data[snapshot.uri] = snapshot, findings
            self._show(f"data {snapshot.uri}", snapshot, findings)

    def _show(self, owner: str, snapshot: Snapshot, findings: Sequence[Finding]) -> None:
        self._put(owner, snapshot, findings, always=snapshot.uri)

    def _put(
        self,
        owner: str,
        snapshot: Snapshot,
        findings: Sequence[Finding],
        always: str | None = None,
    ) -> None:
        notes = diagnostics_by_uri(findings, snapshot.uri, snapshot.lines, self._session.unit)
        self._board.put(owner, notes, always=always)

    def _later(self, uri: str, ask: Callable[[], None] | None) -> None:
        """Do `ask` when the file has been quiet for a moment, or never if another edit comes."""
        timer = self._quiet.pop(uri, None)
        if timer is not None:
            timer.cancel()
        if ask is not None:
            self._quiet[uri] = asyncio.get_running_loop().call_later(QUIET_S, ask)


def _text_findings(snapshot: Snapshot, facts: Facts) -> list[Finding]:
    return lint_text(snapshot.loaded, facts, lint_settings(snapshot.workspace).selection)


def _folders(snapshot: Snapshot, facts: Facts) -> set[Path]:
    """Where the files lie that a check reads, as far as the workspace goes."""
    data = {file.path.parent for file in facts.data if file.place != "outside"}
    return {snapshot.path.parent, snapshot.workspace, *data}
