import pytest

from tunesmith.lsp.session import Session
from tunesmith.lsp.tables import Tables


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("films.csv", ["Fine.", "Dull."]),
        ("absent.csv", []),
        ("../outside.csv", []),
        (".", []),
    ],
)
async def test_the_first_rows_are_read_without_the_others(tmp_path, name, texts):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    rows = "text\nFine.\nDull.\nLong.\n"
    (workspace / "films.csv").write_text(rows)
    (tmp_path / "outside.csv").write_text(rows)
    session = Session(folders=(workspace,))
    prompt = f"---\ntunesmith.data: {{train: {name}}}\n---\n{{{{text}}}}"
    snapshot = session.open((workspace / "p.prompt").as_uri(), 1, prompt)

    found = await Tables().first_rows(snapshot, 2)

    assert [row.values["text"] for row in found] == texts
