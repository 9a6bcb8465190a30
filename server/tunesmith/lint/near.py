"""Did you mean: the one name that was probably meant."""

import difflib
from collections.abc import Iterable
from functools import lru_cache

from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Fix

_LONGEST = 100
"""Characters of a name that may be misspelt; a longer one is a text, such as a target can be."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, if any is close; case alone never keeps two apart.

    >>> nearest("reveiw", ["review", "title"])
    'review'
    """
    return _nearest(name, tuple(known)) if len(name) <= _LONGEST else None


# The message and the fix both ask, for every use of a name and at every keystroke.
@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message: the nearest name, else all names if they are few, else nothing."""
    names = list(known)
    near = nearest(name, names)
    if near:
        return f'; did you mean "{near}"?'
    if len(names) == 1:
        return f"; there is only {names[0]}"
    return f"; there are {', '.join(names)}" if 1 < len(names) <= 8 else ""


def rename(text: str, span: Span, name: str, known: Iterable[str]) -> Fix | None:
    """A fix that puts the nearest known name in the place of `name`, which stands in `span`."""
    near, source = nearest(name, known), span.of(text)
    # What is said at a whole tag lies elsewhere, such as in the partial that the tag calls.
    if near is None or source.count(name) != 1 or "{{" in source:
        return None
    start = span.start + source.index(name)
    edit = Edit(start=start, end=start + len(name), text=near)
    return Fix(title=f'Change "{name}" to "{near}"', edits=(edit,), safe=False)
