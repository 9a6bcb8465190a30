"""Text that was read, or once written, in the wrong encoding.

A file in GBK or UTF-16 is read right here, and wrongly by tools that take everything for UTF-8.
Text that went through a wrong decoding is learned as it stands: `Ã©` is UTF-8 read as Latin-1,
U+FFFD a byte that nobody could read, `锟斤拷` such a byte read once more as GBK, and a byte order
mark inside a text the seam of two files (the failures that ftfy mends, https://ftfy.readthedocs.io).

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film about a cafÃ©.,positive
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film about a café.,positive
"""

import re
from collections.abc import Iterator

from tunesmith.data.stream import Row
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.row_counts import Count, RowCounts, Said
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("encoding", severity="warning")
_OTHERS = {"gb18030": "GB18030 (GBK)", "utf-16": "UTF-16"}

_LOST = "\ufffd"
_LOST_TWICE = "锟斤拷"
_MARK = "\ufeff"
_GARBLE = "garbled"
# What the bytes 0x80 to 0xBF are in Windows-1252 and in Latin-1. An accented letter before one or
# two of them may be French before a quotation mark; it takes more to be certain.
_BYTES = bytes(range(0x80, 0xC0))
_TRAILS = re.escape(_BYTES.decode("cp1252", errors="ignore") + _BYTES.decode("latin-1"))
_GARBLED = re.compile(
    "[\u00c2\u00c3][\u00a0-\u00aa\u00ac-\u00ba\u00bc-\u00bf\u0080-\u009f]"
    f"|\u00e2\u20ac[{_TRAILS}]"
    f"|(?:[\u00c2-\u00df][{_TRAILS}]){{2,}}"
    f"|(?:[\u00e0-\u00ef][{_TRAILS}]{{2}}){{2,}}"
    f"|\u00f0\u0178[{_TRAILS}]{{2}}"
)


def check_data(_loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each file in another encoding than UTF-8."""
    for file in facts.tables:
        name = _OTHERS.get(file.codec or "")
        if name:
            message = f"{file.path.name} is {name}: read as such, but others may not; save as UTF-8"
            yield RULE.at(file.span, message)


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowCounts:
    """One note for each file and kind of damage, at its first row."""
    return RowCounts("", _find, _say)


def _find(_file: DataFile, row: Row) -> Iterator[tuple[str, str]]:
    for value in row.values.values():
        if not value.isascii():
            yield from _damage(value)


def _damage(value: str) -> Iterator[tuple[str, str]]:
    garbled = _GARBLED.search(value)
    if garbled:
        yield _GARBLE, garbled[0]
    for sign in (_LOST, _LOST_TWICE, _MARK):
        if sign in value:
            yield sign, sign


def _say(count: Count) -> Said:
    where = f"in {count.rows} of {count.file.path.name}"
    if count.kind == _GARBLE:
        meant = _undone(count.value)
        was = f'"{count.value}" was "{meant}"' if meant else f'"{count.value}"'
        return Said(f"UTF-8 that was read as Latin-1 {where}: {was}; decode the source again")
    if count.kind == _MARK:
        return Said(f"a byte order mark inside the text {where}: two files were joined there")
    name = "U+FFFD" if count.kind == _LOST else count.kind
    return Said(f"{name} {where}: text that was lost in decoding; decode the source again")


def _undone(text: str) -> str | None:
    try:
        content = b"".join(char.encode("latin-1" if char < "\u0100" else "cp1252") for char in text)
        return content.decode("utf-8")
    except UnicodeError:
        return None
