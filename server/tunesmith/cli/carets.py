"""A place in a text, shown as a person reads it: the source line with carets under it."""

from rich.cells import cell_len

from tunesmith.prompt.text import LineIndex, Span


def carets(text: str, place: Span) -> str:
    r"""The line on which `place` begins behind its number, and carets below it.

    An empty place gets one caret, and one that goes on in the next line ends with this one.

    >>> print(carets("Review:\n{{reveiw}}", Span(10, 16)))
        2 | {{reveiw}}
          |   ^^^^^^
    """
    lines = LineIndex(text)
    number, column = lines.position(place.start, "utf-32")
    line = lines.line_span(number).of(text)
    marked = line[column : column + place.end - place.start]
    # A tab stays a tab, so that whatever width the terminal gives it, both lines have it.
    blank = "".join("\t" if char == "\t" else " " * cell_len(char) for char in line[:column])
    return f"{number + 1:>5} | {line}\n{'':>5} | {blank}{'^' * max(1, cell_len(marked))}"
