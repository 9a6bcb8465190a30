from lsprotocol import types

from tunesmith.lsp.board import Board


def note(message):
    start = types.Position(0, 0)
    return types.Diagnostic(types.Range(start, start), message)


def published():
    seen = []
    return seen, Board(lambda uri, notes: seen.append((uri, [each.message for each in notes])))


def test_what_two_say_of_one_file_stands_together():
    seen, board = published()

    board.put("text", {"p": [note("a")]})
    board.put("data", {"p": [note("b")], "d": [note("c")]})

    assert seen == [("p", ["a"]), ("d", ["c"]), ("p", ["a", "b"])]


def test_what_is_taken_back_is_published_as_nothing():
    seen, board = published()
    board.put("data", {"p": [note("b")], "d": [note("c")]})

    board.clear("data")

    assert seen[2:] == [("d", []), ("p", [])]


def test_what_stays_as_it_was_is_not_published_again():
    seen, board = published()
    board.put("data", {"d": [note("c")]})

    board.put("data", {"d": [note("c")]}, always="p")

    assert seen[1:] == [("p", [])]
