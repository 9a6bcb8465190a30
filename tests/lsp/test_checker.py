import asyncio

import pytest
from lsprotocol import types

from tunesmith.lsp.board import Board
from tunesmith.lsp.checker import Checker
from tunesmith.lsp.neighbours import Neighbours
from tunesmith.lsp.session import Session
from tunesmith.plan import PlanError

TEXT = "---\ntunesmith.task: poetry\n---\nHi"
ERROR = PlanError("no poetry", key=("tunesmith.task",))


@pytest.fixture
async def opened(tmp_path):
    """A checker, and one prompt that its session has open."""
    session = Session(folders=(tmp_path,))
    board = Board(lambda _uri, _notes: None)
    checker = Checker(session, board, Neighbours(lambda: None))
    yield session, board, checker, session.open((tmp_path / "p.prompt").as_uri(), 1, TEXT)
    await checker.close()


def refusals(board, uri):
    return [
        (note.range.start.line, note.message)
        for note in board.of(uri)
        if note.code == "run-refused"
    ]


async def test_a_refusal_stands_at_its_key_until_the_next_check(opened):
    _, board, checker, snapshot = opened

    checker.refuse(snapshot, ERROR)
    assert refusals(board, snapshot.uri) == [(1, "no poetry")]

    checker.check(snapshot.uri)
    assert refusals(board, snapshot.uri) == []


async def test_a_refusal_goes_with_its_file(opened):
    _, board, checker, snapshot = opened
    checker.refuse(snapshot, ERROR)

    checker.forget(snapshot.uri)

    assert board.of(snapshot.uri) == []


async def test_an_older_version_is_refused_in_silence(opened):
    session, board, checker, snapshot = opened
    whole = types.TextDocumentContentChangeWholeDocument(text="Hi")
    session.change(snapshot.uri, 2, [whole])

    checker.refuse(snapshot, ERROR)

    assert board.of(snapshot.uri) == []


async def test_the_settings_of_the_workspace_choose_the_rules(opened, tmp_path):
    session, board, checker, _ = opened
    snapshot = session.open((tmp_path / "q.prompt").as_uri(), 1, "{{shout x}}")
    settings = tmp_path / "tunesmith.toml"
    assert "unknown-helper" in {item.rule for item in checker.findings_of(snapshot)}

    settings.write_text('[lint]\nignore = ["unknown-helper", "secrt"]\n')
    checker.check(snapshot.uri)

    assert "unknown-helper" not in {note.code for note in board.of(snapshot.uri)}
    (note,) = board.of(settings.as_uri())
    assert (note.range.start.line, note.message) == (
        1,
        '"secrt" is no rule; did you mean "secret"?',
    )


async def test_the_settings_are_judged_while_a_prompt_is_open(opened, tmp_path):
    session, board, checker, snapshot = opened
    settings = tmp_path / "tunesmith.toml"
    settings.write_text("[lint")
    checker.check(snapshot.uri)
    assert [note.code for note in board.of(settings.as_uri())] == ["settings"]

    session.close(snapshot.uri)
    checker.forget(snapshot.uri)

    assert board.of(settings.as_uri()) == []


@pytest.mark.parametrize("name", ["tunesmith.toml", "prompts/other.prompt", "data/films.csv"])
async def test_an_editor_that_watches_nothing_is_told_all_the_same(tmp_path, name):
    for folder in ("prompts", "data"):
        (tmp_path / folder).mkdir()
    session = Session(folders=(tmp_path,))
    changed = asyncio.Event()
    neighbours = Neighbours(changed.set)
    neighbours.start()
    checker = Checker(session, Board(lambda _uri, _notes: None), neighbours)
    uri = (tmp_path / "prompts" / "p.prompt").as_uri()
    session.open(uri, 1, "---\ntunesmith.data: {train: ../data/films.csv}\n---\nHi")
    checker.check(uri)

    (tmp_path / name).write_text("")

    async with asyncio.timeout(10):
        await changed.wait()
    neighbours.close()
    await checker.close()
