"""Ask the model what it answers to one row."""

import asyncio

from lsprotocol import types

from tunesmith.features.inlay_hints import shorten
from tunesmith.lsp.handler import Command, read_argument
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.lsp.worker import PreviewError
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import PREVIEW_COMMAND, PromptParams

MAX_MESSAGE = 200


async def run(ls: TunesmithServer, params: types.ExecuteCommandParams) -> object:
    """Answered when the model is done; until then its words stream through the progress bar."""
    asked = read_argument(PromptParams, params)
    snapshot = ls.snapshot(asked.uri)
    task = asyncio.current_task()
    stop = task.cancel if task else lambda: None
    bar = ls.bars.open(f"Preview {snapshot.path.name}", stop, params.work_done_token)
    end = "stopped"
    try:
        result = await ls.previews.preview(
            snapshot, asked.row, lambda text: bar.report(text[-MAX_MESSAGE:])
        )
        end = shorten(result.output, MAX_MESSAGE)
    except PreviewError as error:
        end = "failed"
        raise RequestFailed(str(error)) from error
    finally:
        bar.end(end)
    ls.refresh_hints()
    return to_plain(result)


COMMAND = Command(name="preview", id=PREVIEW_COMMAND, run=run)
