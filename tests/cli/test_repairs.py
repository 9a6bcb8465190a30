"""Repairs: all that can be made, none that does harm, and no file half written."""

import pytest

from tunesmith.cli.errors import CliError
from tunesmith.cli.fixes import apply, diff, fix_text, replace_file
from tunesmith.wire.finding import Edit, Finding, Fix, Severity


def finding(*edits, rule="r", severity: Severity = "warning", safe=True):
    fix = Fix(title="f", edits=tuple(Edit(start=a, end=b, text=t) for a, b, t in edits), safe=safe)
    return Finding(rule=rule, severity=severity, message="", start=0, end=0, fix=fix)


def replacing(*pairs, safe=True):
    """A check that finds each of some words once, and mends it; "!" is an error."""

    def check(text):
        found = [
            finding((text.index(old), text.index(old) + len(old), new), safe=safe)
            for old, new in pairs
            if old in text
        ]
        errors = [finding(severity="error", rule="e")] * text.count("!")
        return [*found, *errors]

    return check


def fixed(text, check, *, unsafe=False):
    after = fix_text(text, check(text), check, unsafe=unsafe)
    return after.text, after.n_fixes


def test_repairs_go_on_until_none_is_left():
    assert fixed("a a x", replacing(("a", "b"), ("b", "c"))) == ("c c x", 4)


def test_unsafe_repairs_are_made_only_where_they_are_asked_for():
    check = replacing(("a", "b"), safe=False)

    assert fixed("a", check) == ("a", 0)
    assert fixed("a", check, unsafe=True) == ("b", 1)


def test_a_repair_that_brings_an_error_is_not_made():
    assert fixed("a x", replacing(("x", "!"), ("a", "b"))) == ("b x", 1)


def test_of_two_repairs_that_do_harm_together_one_is_made():
    def check(text):
        errors = [finding(severity="error")] if text == "BB" else []
        return [*replacing(("1", "B"), ("2", "B"))(text), *errors]

    assert fixed("12", check) == ("B2", 1)


def test_repairs_that_bring_each_other_back_end():
    assert fixed("a", replacing(("a", "b"), ("b", "a"))) == ("b", 1)


def test_of_repairs_of_the_same_place_the_first_is_made():
    found = [finding((0, 2, "x")), finding((1, 3, "y")), finding((3, 4, "z"))]

    def check(text):
        return found if text == "abcd" else []

    assert fixed("abcd", check) == ("xcz", 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\r\nb\r\n", "x\r\ny\r\nb\r\n"), ("a\nb\n", "x\ny\nb\n"), ("a\nb\r\n", "x\ny\nb\r\n")],
)
def test_a_repair_ends_lines_as_its_file_does(before, after):
    fix = Fix(title="f", edits=(Edit(start=0, end=1, text="x\ny"),), safe=True)

    assert apply(before, [fix]) == after


def test_a_diff_says_where_the_last_newline_is_missing():
    assert diff("p", "a\u2028a\nb", "a\u2028a\nc\n") == (
        "--- p\n+++ p\n@@ -1,2 +1,2 @@\n a\u2028a\n-b\n\\ No newline at end of file\n+c\n"
    )


def test_a_file_keeps_its_rights_and_the_link_to_it(tmp_path):
    path = tmp_path / "a.prompt"
    path.write_bytes(b"\xef\xbb\xbfold\r\n")
    path.chmod(0o604)

    replace_file(path, b"\xef\xbb\xbfold\r\n", "\ufeffnew\r\n")

    assert path.read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert path.stat().st_mode & 0o777 == 0o604
    assert [item.name for item in tmp_path.iterdir()] == ["a.prompt"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    path = tmp_path / "a.prompt"
    path.write_text("newer")

    with pytest.raises(CliError, match="was changed while it was checked"):
        replace_file(path, b"old", "new")

    assert path.read_text() == "newer"
    assert [item.name for item in tmp_path.iterdir()] == ["a.prompt"]
