"""Fine-tune with this prompt."""

from lsprotocol import types

from tunesmith.lsp.handler import Command, read_argument
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.start_run import start_run
from tunesmith.plan import RunRequest
from tunesmith.wire.editor import FINE_TUNE_COMMAND, PromptParams


async def run(ls: TunesmithServer, params: types.ExecuteCommandParams) -> object:
    """Answered with `{runId}` as soon as the job has started."""
    asked = read_argument(PromptParams, params)
    request = RunRequest(
        kind="train",
        overrides=asked.overrides or {},
        seed=asked.seed,
        shuffle_labels=asked.shuffleLabels,
    )
    return await start_run(ls, ls.snapshot(asked.uri), request)


COMMAND = Command(name="fine-tune", id=FINE_TUNE_COMMAND, run=run)
