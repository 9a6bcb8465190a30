from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from tunesmith.features.diagnostics import MAX_PER_FILE, carry, diagnostics_by_uri
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Finding


def finding(start, end, message="m", line=None, rule="r"):
    return Finding(
        rule=rule,
        severity="error",
        message=message,
        start=start,
        end=end,
        data_path="/w/d.csv" if line else None,
        data_line=line,
    )


def test_columns_are_counted_as_the_editor_counts():
    text = "é😀x"

    found = [
        diagnostics_by_uri([finding(2, 3)], "p", LineIndex(text), unit)["p"][0].range
        for unit in ("utf-8", "utf-16", "utf-32")
    ]

    assert [(place.start.character, place.end.character) for place in found] == [
        (6, 7),
        (3, 4),
        (2, 3),
    ]


def test_many_lines_of_data_are_one_word_in_the_prompt():
    findings = [finding(4, 9, f'"{n}" is no label', line=n) for n in (3, 7, 8)]

    found = diagnostics_by_uri(findings, "p", LineIndex("abcdefghijk"), "utf-16")

    assert [note.message for note in found["p"]] == [
        'd.csv, line 3: "3" is no label (and 2 more like it)'
    ]
    assert [(note.range.start.line, note.message) for note in found["file:///w/d.csv"]] == [
        (2, '"3" is no label'),
        (6, '"7" is no label'),
        (7, '"8" is no label'),
    ]


def test_a_file_gets_no_more_than_an_editor_can_use():
    findings = [finding(0, 1, line=n) for n in range(1, 1000)]

    found = diagnostics_by_uri(findings, "p", LineIndex("a"), "utf-16")

    assert {uri: len(notes) for uri, notes in found.items()} == {
        "p": 1,
        "file:///w/d.csv": MAX_PER_FILE,
    }


def test_a_finding_says_what_it_is_and_where_to_read_about_it():
    (note,) = diagnostics_by_uri(
        [finding(0, 1, rule="label-unknown")], "p", LineIndex("a"), "utf-16"
    )["p"]

    assert (note.code, note.source, note.severity) == (
        "label-unknown",
        "tunesmith",
        types.DiagnosticSeverity.Error,
    )
    assert note.code_description and note.code_description.href.endswith("/rules/label_unknown.py")


def test_findings_move_with_their_text():
    old, new = "one two three", "one 2 three"

    kept = carry([finding(0, 3), finding(4, 7), finding(8, 13)], old, new)

    assert [new[each.start : each.end] for each in kept] == ["one", "three"]


@given(st.text("ab", max_size=8), st.text("ab", max_size=8), st.text("ab", max_size=8), st.data())
def test_a_finding_that_is_kept_still_marks_the_same_words(head, cut, tail, data):
    old, new = head + cut + tail, head + data.draw(st.text("ab", max_size=8)) + tail
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))

    for each in carry([finding(start, end)], old, new):
        assert new[each.start : each.end] == old[start:end]
