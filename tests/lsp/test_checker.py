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
    return [(note.range.start.line, note.message) for note in board.of(uri) if note.code]


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
