from itertools import pairwise
from pathlib import Path

from tunesmith.data.table import Row, RowProblem
from tunesmith.lint.facts import DataFile, gather
from tunesmith.lint.rows import pass_over
from tunesmith.lint.run import lint_data
from tunesmith.prompt.files import load_prompt
from tunesmith.prompt.text import Span

FILE = DataFile(key="train", name="d.csv", span=Span(0, 0), path=Path("/w/d.csv"), place="present")


class Source:
    columns = ("a",)
    codec = "utf-8"

    def __init__(self, items: list[Row | RowProblem]) -> None:
        self._items = items

    def __iter__(self):
        return iter(self._items)


class Lines:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def row(self, _file: DataFile, row: Row) -> None:
        self.seen.append(row.line)

    def notes(self):
        return iter(())


def rows(n: int) -> list[Row | RowProblem]:
    return [Row(row_id=str(i), line=i, values={"a": str(i)}) for i in range(2, n + 2)]


def test_every_scan_sees_every_row_and_no_problem():
    scans = (Lines(), Lines())
    problem = RowProblem(line=4, message="odd")

    file = pass_over(FILE, Source([*rows(2), problem]), scans)

    assert [scan.seen for scan in scans] == [[2, 3], [2, 3]]
    assert (file.columns, file.n_rows, file.problems, file.n_problems) == (
        ("a",),
        2,
        (problem,),
        1,
    )


def test_the_sample_is_taken_evenly():
    assert [row.line for row in pass_over(FILE, Source(rows(3)), ()).sample] == [2, 3, 4]
    lines = [row.line for row in pass_over(FILE, Source(rows(10_000)), ()).sample]
    assert (len(lines), lines[0]) == (64, 2)
    assert len({b - a for a, b in pairwise(lines)}) == 1
    assert lines[-1] > 8_000


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path):
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    text = "---\ntunesmith.data: {train: d.csv}\n---\n{{a}}"
    loaded = load_prompt(text, tmp_path / "a.prompt", tmp_path)

    def refuse(path: Path) -> Source:
        raise PermissionError(13, "Permission denied", str(path))

    (finding,) = lint_data(loaded, gather(loaded, tmp_path), refuse)
    assert (finding.rule, finding.message) == (
        "broken-row",
        "d.csv cannot be read: Permission denied",
    )
