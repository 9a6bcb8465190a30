from pathlib import Path

import pytest

from lsp.scripts import SAY, script
from tunesmith.lsp.session import Session, Snapshot
from tunesmith.lsp.token_pages import TokenPageError, TokenPages, page_address, read_address


def snapshot(text: str = "hello") -> Snapshot:
    return Session().open("file:///w/a.prompt", 1, text)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (SAY.format('{"problem": "no row " + str(asked["row"])}'), "no row 3"),
        (SAY.format('{"problem": asked["text"]}'), "hello"),
        ("os.abort()", "the tokens were not found; the server's log says why"),
        (SAY.format("[1]"), "the tokens were not found; the server's log says why"),
        ("time.sleep(60)", "the tokens took more than 0.5 s"),
    ],
)
async def test_a_process_that_shows_nothing_says_why(body: str, problem: str):
    pages = TokenPages(command=script(body), patience_s=5 if "sleep" not in body else 0.5)

    with pytest.raises(TokenPageError) as caught:
        await pages.text(snapshot(), 3)

    assert str(caught.value) == problem


async def test_a_process_that_cannot_be_started_says_why():
    pages = TokenPages(command=("/nowhere/python",))

    with pytest.raises(TokenPageError, match="/nowhere/python cannot be started"):
        await pages.text(snapshot(), 1)


@pytest.mark.parametrize("path", ["/w/a.prompt", "/w/电影 row 2.txt/a b%.prompt", "C:/w/a.prompt"])
def test_an_address_leads_back_to_its_prompt(path: str):
    assert read_address(page_address(Path(path), 12)) == (Path(path), 12)


@pytest.mark.parametrize("uri", ["", "file:///w/a.prompt", "tunesmith-tokens:/w/a.prompt"])
def test_another_address_is_none_of_ours(uri: str):
    assert read_address(uri) is None


def test_a_page_that_was_just_made_is_not_made_again():
    pages, asked = TokenPages(), snapshot()
    pages.lay_out(asked, 2, "page")

    assert pages.take(asked, 2) == "page"
    assert pages.take(asked, 2) is None


def test_a_page_of_another_row_or_version_is_made_anew():
    pages, asked = TokenPages(), snapshot()

    pages.lay_out(asked, 2, "page")
    assert pages.take(asked, 1) is None
    pages.lay_out(asked, 2, "page")
    assert pages.take(snapshot(), 2) is None
