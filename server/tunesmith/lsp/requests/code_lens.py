"""What can be done with a prompt."""

from lsprotocol import types

from tunesmith.features.code_lens import LensFacts, code_lenses
from tunesmith.features.run_view import scores_in_short
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.hashes import render_hash


async def handle(ls: TunesmithServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Preview, fine-tune, evaluate; with the size of the data and the last score."""
    snapshot = ls.session.get(params.text_document.uri)
    if snapshot is None:
        return []
    table = await ls.tables.train(snapshot)
    runs = await ls.runs.of_prompt(snapshot.workspace, snapshot.path)
    scored = (run for run in runs if run.is_over and scores_in_short(run.state))
    facts = LensFacts(
        has_data=ls.tables.train_path(snapshot) is not None,
        n_rows=len(table.rows) if table else None,
        render_hash=render_hash(snapshot.loaded.prompt, snapshot.loaded.partials),
        last_scored=next(scored, None),
        live=next((run for run in runs if not run.is_over), None),
    )
    return code_lenses(snapshot.uri, facts)


REQUEST = Request(name="code-lens", method=types.TEXT_DOCUMENT_CODE_LENS, handle=handle)
