"""Film-review snippets that at least twenty people each rated from -4 to 4.

C.J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
Social Media Text", ICWSM 2014; snippets from the reviews of B. Pang and L. Lee, ACL 2004.
"""

import csv
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tunesmith.data.fetch import Source

_ROOT = "vaderSentiment-3.3.2"
_INNER = f"{_ROOT}/additional_resources/hutto_ICWSM_2014.tar.gz"
_RATINGS = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"

_LICENCE = """\
movie-reviews.csv: film-review snippets with a sentiment.

Made from movieReviewSnippets_GroundTruth.txt in the source archive of the Python package
vaderSentiment 3.3.2 (https://pypi.org/project/vaderSentiment/). Each snippet was rated from -4 to
4 by at least twenty people; a mean of 1 or more became "positive", of -1 or less "negative", and
the snippets between were left out. The texts are unchanged.

Ratings: C.J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis
of Social Media Text", ICWSM 2014.
Texts: sentences of film reviews on rottentomatoes.com, collected by B. Pang and L. Lee, "A
Sentimental Education", ACL 2004; the rights in them stay with their authors.

The package's own licence follows.

"""


def _read(archive: Path) -> dict[str, str]:
    """The data set in the package's source archive; nothing is unpacked onto the disk."""
    outer = archive.read_bytes()
    ratings = _member(_member(outer, _INNER), _RATINGS).decode("utf-8")
    licence = _member(outer, f"{_ROOT}/LICENSE.txt").decode("utf-8")
    return {"movie-reviews.csv": _as_csv(ratings), "LICENCE.txt": _LICENCE + licence}


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        file = tar.extractfile(name)
        if file is None:
            raise OSError(f"{name} is no file in the package")
        return file.read()


def _as_csv(ratings: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "text", "sentiment"))
    writer.writerows(_labelled(ratings))
    return out.getvalue()


def _labelled(ratings: str) -> Iterator[tuple[str, str, str]]:
    # Lines end in CRLF, the last in nothing; a snippet may hold other characters that end a line
    # for Python.
    for line in ratings.split("\r\n"):
        row_id, rating, text = line.split("\t")
        if float(rating) >= 1:
            yield row_id, text, "positive"
        elif float(rating) <= -1:
            yield row_id, text, "negative"


SOURCE = Source(
    name="movie-reviews",
    requirement="vaderSentiment==3.3.2",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    read=_read,
)
