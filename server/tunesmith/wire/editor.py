"""Our own messages between editor and server; `editor-client/src/messages.ts` is made from this.

Field names are camelCase, since they go over the language server protocol as they stand.
"""

from dataclasses import dataclass
from typing import Literal

from tunesmith.wire.spec import RunKind

RUN_DID_EMIT = "tunesmith/run/didEmit"
RUN_LIST = "tunesmith/run/list"
RUN_EVENTS = "tunesmith/run/events"
PREVIEW_COMMAND = "tunesmith.server.preview"
FINE_TUNE_COMMAND = "tunesmith.server.fineTune"
EVALUATE_COMMAND = "tunesmith.server.evaluate"
TOKENS_COMMAND = "tunesmith.server.tokens"
CANCEL_COMMAND = "tunesmith.server.cancelRun"


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run as an editor shows it; the texts are final."""

    runId: str
    kind: RunKind
    status: Literal["starting", "running", "finished", "failed", "cancelled", "lost"]
    promptUri: str
    label: str
    """A few words for a status bar."""
    tooltip: str
    """A few lines: the scores so far, each with split, interval and the base model's beside it."""
    seq: int
    """Of the last event; ask `tunesmith/run/events` for what comes after."""
    runDir: str
    report: str | None = None
    """Absolute path, once there is one."""


@dataclass(frozen=True, kw_only=True)
class RunDidEmit:
    """Server to client, at most ten a second for each run."""

    runId: str
    state: RunView
    events: tuple[dict[str, object], ...]


@dataclass(frozen=True, kw_only=True)
class RunListResult:
    """Newest first."""

    runs: tuple[RunView, ...]


@dataclass(frozen=True, kw_only=True)
class RunEventsParams:
    """Ask for all events of a run after `sinceSeq`."""

    runId: str
    sinceSeq: int = 0


@dataclass(frozen=True, kw_only=True)
class RunEventsResult:
    """Each event once, in order."""

    events: tuple[dict[str, object], ...]


@dataclass(frozen=True, kw_only=True)
class PromptParams:
    """Argument of the preview, tokens, fine-tune and evaluate commands."""

    uri: str
    row: int | None = None
    """Preview and tokens: which row of the data, from 1."""
    overrides: dict[str, bool | int | float | str] | None = None
    """Fine-tune only: options by name, in place of those in the prompt."""
    seed: int = 0
    """Fine-tune only: of everything random in the run."""
    shuffleLabels: bool = False
    """Fine-tune only: the control in which nothing true can be learned."""


@dataclass(frozen=True, kw_only=True)
class RunParams:
    """Argument of the cancel command."""

    runId: str


@dataclass(frozen=True, kw_only=True)
class PreviewResult:
    """Answer of the preview command."""

    row: int
    rendered: str
    output: str
    tokens: int
    seconds: float
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class TokensResult:
    """Answer of the tokens command."""

    row: int
    text: str
    """The page: the row token for token, and the lengths of all rows."""
    uri: str | None = None
    """Where the editor was asked to show it; None for one that cannot."""
