"""Characters that nobody sees, and those that turn the order of a line."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.prompt.text import Span

MOST_PLACES = 1000
"""In one prompt, of which a rule about characters tells."""
_INVISIBLE = re.compile(
    r"[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u2060-\u2065"
    r"\u206A-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\U000E0000-\U000E0FFF]+"
)
_JOINERS = ("\u200c", "\u200d")
_EMOJI_JOINERS = ("\u200d", "\ufe0e\u200d", "\ufe0f\u200d")
_TAGS = re.compile(r"[\U000E0000-\U000E007F]+")
_FLAG_OF_A_REGION = re.compile(r"[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F")
_VARIANT = re.compile(r"[\uFE00-\uFE0F\U000E0100-\U000E01EF]")
_DIRECTION_MARK = re.compile(r"[\u061C\u200E\u200F]")
_RIGHT_TO_LEFT = re.compile(
    r"[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\U00010800-\U00010FFF\U0001E800-\U0001EFFF]"
)
# Arabic to Myanmar, Khmer, Mongolian and their neighbours join and part letters with these.
_JOINING_SCRIPT = re.compile(
    r"[\u0600-\u109F\u1780-\u18AF\u1900-\u1AAF\u1B00-\u1C4F\uA800-\uA8FF\uA930-\uAAFF\uABC0-\uABFF"
    r"\uFB50-\uFDFF\uFE70-\uFEFC\U00011000-\U00011FFF]"
)
# Thai, Lao, Tibetan, Myanmar and Khmer write no spaces, and mark words with one of no width.
_SPACELESS_SCRIPT = re.compile(r"[\u0E00-\u109F\u1780-\u17FF\u1950-\u1AAF]")
_JAMO_OR_MONGOLIAN_OR_KHMER = re.compile(r"[\u1100-\u11FF\u1780-\u18AF\uA960-\uA97F\uD7B0-\uD7FF]")
_NEAR = 200
_BIDI = re.compile(r"[\u202A-\u202E\u2066-\u2069]+")
_CLOSERS = {"\u202a": "\u202c", "\u202b": "\u202c"} | dict.fromkeys("\u2066\u2067\u2068", "\u2069")


@dataclass(frozen=True, kw_only=True, slots=True)
class Invisible:
    """A run of characters that nobody sees, where no script or emoji asks for them."""

    span: Span
    name: str
    """Of the first one, such as `U+200B ZERO WIDTH SPACE`."""
    hidden: str | None
    """The text that they spell, where they spell one."""


def has_invisible(text: str) -> bool:
    """Whether there may be any; quick."""
    return not text.isascii() and _INVISIBLE.search(text) is not None


def invisible(text: str) -> Iterator[Invisible]:
    r"""Every such run.

    >>> [found.name for found in invisible("zero\u200bwidth, \u2764\ufe0f\u200d\U0001f525")]
    ['U+200B ZERO WIDTH SPACE']
    """
    if not has_invisible(text):
        return
    is_left_to_right = _RIGHT_TO_LEFT.search(text) is None
    for match in _INVISIBLE.finditer(text):
        is_lost_mark = is_left_to_right and _DIRECTION_MARK.fullmatch(match.group())
        if is_lost_mark or not _is_at_home(text, match.start(), match.end()):
            yield Invisible(
                span=Span(*match.span()),
                name=name_of(match.group()[0]),
                hidden=_hidden(match.group()),
            )


def name_of(character: str) -> str:
    """Its number and its Unicode name."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _is_at_home(text: str, start: int, end: int) -> bool:
    """Whether the characters around a run give it a meaning."""
    run, before, after = text[start:end], text[max(0, start - 1) : start], text[end : end + 1]
    if run in _EMOJI_JOINERS and _is_symbol(before) and _is_symbol(after):
        return True
    if run in _JOINERS and _JOINING_SCRIPT.search(before + after):
        return True
    if run == "\u200b" and _SPACELESS_SCRIPT.search(before + after):
        return True
    if _VARIANT.fullmatch(run):
        return after == "\u20e3" or (bool(before) and _takes_variants(before))
    if before == "\U0001f3f4" and _FLAG_OF_A_REGION.fullmatch(run):
        return True
    if _DIRECTION_MARK.fullmatch(run):
        return _RIGHT_TO_LEFT.search(text, max(0, start - _NEAR), end + _NEAR) is not None
    is_letter = not _is_of_general_use(run[0])
    return is_letter and _JAMO_OR_MONGOLIAN_OR_KHMER.search(before + after) is not None


def _is_of_general_use(character: str) -> bool:
    return character >= "\u2000" or character in "\u00ad\u034f\u061c"


def _is_symbol(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm")


def _takes_variants(character: str) -> bool:
    return character > "\x7f" and unicodedata.category(character) not in ("Lu", "Ll", "Lm", "Cf")


def _hidden(run: str) -> str | None:
    """What tag characters or variation selectors spell, one character or byte each."""
    tags = "".join(chr(ord(tag) - 0xE0000) for tag in "".join(_TAGS.findall(run)))
    if tags:
        return "".join(character for character in tags if character.isprintable())
    selectors = [ord(selector) for selector in _VARIANT.findall(run)]
    # An emoji followed by its selector twice is a slip, not a message.
    if len(selectors) < 2 or {0xFE0E, 0xFE0F}.issuperset(selectors):
        return None
    spelt = bytes(code - 0xFE00 if code < 0x10000 else code - 0xE0100 + 16 for code in selectors)
    text = spelt.decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "?" for character in text)


def has_bidi(text: str) -> bool:
    """Whether there may be a control of direction; quick."""
    return not text.isascii() and _BIDI.search(text) is not None


def bidi_controls(text: str) -> Iterator[list[Span]]:
    """Every run of such controls, line by line.

    Silent about a line written right to left in which each of them is closed.
    """
    if text.isascii():
        return
    run = _BIDI.search(text)
    while run:
        start, end = text.rfind("\n", 0, run.start()) + 1, text.find("\n", run.end())
        end = len(text) if end < 0 else end
        if not (_RIGHT_TO_LEFT.search(text, start, end) and _is_closed(text[start:end])):
            yield [Span(*match.span()) for match in _BIDI.finditer(text, start, end)]
        run = _BIDI.search(text, end)


def _is_closed(line: str) -> bool:
    """Whether embeddings and isolates are closed in order; an override is never in order."""
    waiting: list[str] = []
    for character in "".join(_BIDI.findall(line)):
        if character in _CLOSERS:
            waiting.append(_CLOSERS[character])
        elif not waiting or waiting.pop() != character:
            return False
    return not waiting
