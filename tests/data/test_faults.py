"""Rows that cannot be used: which, and how they are told."""

import doctest
from pathlib import Path

from tunesmith.data import conversation, faults
from tunesmith.data.faults import sift, told
from tunesmith.data.table import parse_table

CSV = b"text,label\ngood,p\nbad\nfine,\ndull,n\nodd,x\ntoo,many,fields\n"


def test_rows_are_sifted_with_line_and_reason():
    rows, found = sift(parse_table(Path("a.csv"), CSV), "data/a.csv", "label", ("n", "p"))

    assert [row.line for row in rows] == [2, 5]
    assert [(fault.line, fault.kind) for fault in found] == [
        (3, "broken"),
        (4, "unlabelled"),
        (6, "mislabelled"),
        (7, "broken"),
    ]
    assert told(found) == (
        "4 rows cannot be used (2 broken, 1 without a label, 1 with an unknown label): "
        "data/a.csv, line 3: 1 field where the first line names 2 (text, label); "
        "data/a.csv, line 4: the label is empty; "
        'data/a.csv, line 6: "x" is none of the labels n, p; and 1 more. '
        "Mend them, or leave them out: bad_rows: skip in tunesmith.train"
    )


def test_without_declared_labels_any_text_is_one():
    rows, found = sift(parse_table(Path("a.csv"), CSV), "a.csv", "label", None)

    assert [row.text("label") for row in rows] == ["p", "n", "x"]
    assert [fault.kind for fault in found] == ["broken", "unlabelled", "broken"]


def test_examples_in_docstrings_hold():
    for module in (faults, conversation):
        assert doctest.testmod(module).failed == 0
        assert doctest.testmod(module).attempted > 0
