import pytest
from lsprotocol import types

from tunesmith.lsp.session import Session
from tunesmith.prompt.files import PromptFileError


def insert(text):
    start = types.Position(0, 0)
    return types.TextDocumentContentChangePartial(types.Range(start, start), text)


def test_an_edit_makes_a_new_snapshot_and_leaves_the_old_one_as_it_was(tmp_path):
    session = Session()
    uri = (tmp_path / "p.prompt").as_uri()
    before = session.open(uri, 1, "one")

    after = session.change(uri, 2, [insert("> ")])

    assert after and (after.version, after.text) == (2, "> one")
    assert (before.version, before.text, before.loaded.prompt.text) == (1, "one", "one")
    assert session.is_current(after) and not session.is_current(before)


def test_a_partial_edit_of_an_unknown_text_is_not_guessed_at(tmp_path):
    uri = (tmp_path / "p.prompt").as_uri()

    assert Session().change(uri, 2, [insert("x")]) is None


def test_the_innermost_folder_is_the_workspace(tmp_path):
    inner = tmp_path / "a" / "b"
    session = Session(folders=(tmp_path, inner))

    assert session.workspace_of(inner / "p.prompt") == inner
    assert session.workspace_of(tmp_path / "a" / "p.prompt") == tmp_path


def test_without_folders_the_workspace_is_that_of_the_command_line(tmp_path):
    (tmp_path / "tunesmith.toml").write_text("")

    assert Session().workspace_of(tmp_path / "a" / "p.prompt") == tmp_path


def test_a_prompt_that_was_never_saved_lies_at_the_top_of_the_workspace(tmp_path):
    session = Session(folders=(tmp_path,))

    assert session.open("untitled:Untitled-1", 1, "").path == tmp_path / "Untitled-1"


def test_the_editor_s_own_spelling_of_a_uri_is_kept(tmp_path):
    session = Session()
    uri = (tmp_path / "p.prompt").as_uri().replace("/p.", "/%70.")
    snapshot = session.open(uri, 1, "")

    assert session.uri_of(snapshot.path) == uri


def test_only_prompts_are_read_from_disk(tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "p.prompt").write_text("Hi {{name}}")
    session = Session()

    assert session.read((tmp_path / "p.prompt").as_uri()).text == "Hi {{name}}"
    with pytest.raises(PromptFileError, match=r"no \.prompt file"):
        session.read((tmp_path / "secret.txt").as_uri())


def test_a_neighbour_that_changed_is_read_again(tmp_path):
    (tmp_path / "_tone.prompt").write_text("Be kind.")
    session = Session(folders=(tmp_path,))
    uri = (tmp_path / "p.prompt").as_uri()
    assert session.open(uri, 1, "{{> tone}}").loaded.partials == {"tone": "Be kind."}
    (tmp_path / "_tone.prompt").write_text("Be brief.")

    session.refresh(uri)

    again = session.get(uri)
    assert again and again.loaded.partials == {"tone": "Be brief."}


def test_a_prompt_moves_to_the_workspace_that_its_folder_has_become(tmp_path):
    inner = tmp_path / "inner"
    session = Session(folders=(tmp_path,))
    snapshot = session.open((inner / "p.prompt").as_uri(), 1, "Hi")
    session.folders = (tmp_path, inner)

    session.refresh(snapshot.uri)

    again = session.get(snapshot.uri)
    assert again and again.workspace == inner
