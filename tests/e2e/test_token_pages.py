"""The tokens of a row as an editor gets them, over the wire to a real server process."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from cli.workspaces import make_workspace
from e2e.editor import editor
from tiny import write_tiny_model
from tunesmith.wire.editor import TOKENS_COMMAND


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")
    return tmp_path


async def test_an_editor_that_knows_files_only_is_shown_one(workspace: Path):
    async with editor(workspace) as one:
        uri = one.open("prompts/films.prompt")

        answer = await one.execute(TOKENS_COMMAND, uri=uri, row=2)

        shown = one.client.shown_documents[-1].uri
        page = Path(unquote(shown.removeprefix("file://")))
        assert answer["uri"] == shown
        assert page.name == "films.prompt row 2.txt"
        assert page.read_text(encoding="utf-8") == answer["text"]
        assert answer["text"].startswith(
            "Row 2 of ../data/films.csv (line 3), for local/tiny (chat)"
        )
        assert not page.is_relative_to(workspace)
    assert not page.exists()


async def test_an_editor_that_asks_for_pages_gets_them_as_things_are_now(workspace: Path):
    async with editor(workspace, shows_pages=True) as one:
        uri = one.open("prompts/films.prompt")

        answer = await one.execute(TOKENS_COMMAND, uri=uri)
        page = one.client.shown_documents[-1].uri
        first = await one.client.workspace_text_document_content_async(
            types.TextDocumentContentParams(page)
        )
        one.edit(uri, 2, (15, 0), "x")
        second = await one.client.workspace_text_document_content_async(
            types.TextDocumentContentParams(page)
        )

        assert unquote(page) == f"tunesmith-tokens:{workspace}/prompts/films.prompt row 1.txt"
        (asked,) = [r for p in one.asked for r in p.registrations if r.id == "pages"]
        assert asked.register_options == {"schemes": ["tunesmith-tokens"]}
        assert [params.uri for params in one.outdated] == [page]
        assert first.text == answer["text"]
        assert second.text != first.text


async def test_pages_are_made_anew_when_files_change(workspace: Path):
    async with editor(workspace, shows_pages=True) as one:
        uri = one.open("prompts/films.prompt")
        await one.execute(TOKENS_COMMAND, uri=uri)
        page = one.client.shown_documents[-1].uri

        one.tell_changed(workspace / "data" / "films.csv")
        await one.execute(TOKENS_COMMAND, uri=uri, row=2)

        assert [params.uri for params in one.outdated][:2] == [page, page]


async def test_an_editor_that_can_show_nothing_is_told_where_the_page_lies(workspace: Path):
    async with editor(workspace, shows_files=False) as one:
        uri = one.open("prompts/films.prompt")

        answer = await one.execute(TOKENS_COMMAND, uri=uri, row=2)

        said = one.client.messages[-1].message
        assert said.startswith("The tokens of row 2: ")
        page = Path(said.removeprefix("The tokens of row 2: "))
        assert page.read_text(encoding="utf-8") == answer["text"]


async def test_why_there_are_no_tokens(workspace: Path):
    async with editor(workspace, shows_pages=True) as one:
        uri = one.open("prompts/films.prompt")
        page = f"tunesmith-tokens:{workspace}/prompts/films.prompt%20row%2099.txt"

        with pytest.raises(JsonRpcException, match="has no row 99: it has 40 rows"):
            await one.execute(TOKENS_COMMAND, uri=uri, row=99)
        told = await one.client.workspace_text_document_content_async(
            types.TextDocumentContentParams(page)
        )
        with pytest.raises(JsonRpcException, match="there is no page other:x"):
            await one.client.workspace_text_document_content_async(
                types.TextDocumentContentParams("other:x")
            )

        assert told.text == "../data/films.csv has no row 99: it has 40 rows\n"
