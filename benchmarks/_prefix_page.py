"""The figures of prefix sharing in the documentation: a table, and a drawing of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks._machine import machine

_DOCS = Path(__file__).parents[1] / "docs"
PAGE = _DOCS / "prefix-sharing.md"
PICTURE = _DOCS / "images" / "prefix-sharing.svg"
_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"
_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 116, 34, 48
_COLOURS = ("#0b6e99", "#c2571a", "#4d7c0f", "#7c3aed", "#b91c1c")
_STYLE = "text{font:13px system-ui,sans-serif;fill:#333}"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one pair of lengths gave."""

    prefix: int
    """Tokens that all rows share."""
    own: int
    """Tokens of each row behind them."""
    factor: float
    """How many times fewer tokens are computed."""
    speedup: float
    """How many times faster a step is."""


def write_page(cells: Sequence[Cell], *, n_rows: int) -> None:
    """Put table and drawing in their places."""
    PICTURE.write_text(draw(cells, n_rows=n_rows), encoding="utf-8", newline="\n")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    figures = f"{_BEGIN}\n{machine()}\n\n{table(cells)}\n{_END}"
    PAGE.write_text(before + figures + after, encoding="utf-8", newline="\n")
    print(f"written: {PAGE} and {PICTURE}")


def table(cells: Sequence[Cell]) -> str:
    """Measured speed-up by both lengths, the factor in brackets; in Markdown.

    >>> print(table([Cell(prefix=64, own=32, factor=2.4, speedup=2.06)]))
    | tokens shared | 32 of a row's own |
    |---|---|
    | 64 | 2.1 (2.4) |
    """
    own = _lengths(cells)
    by_place = {(cell.prefix, cell.own): cell for cell in cells}
    lines = [
        "| tokens shared | " + " | ".join(f"{length} of a row's own" for length in own) + " |",
        "|---" * (len(own) + 1) + "|",
    ]
    for prefix in _prefixes(cells):
        found = [by_place[prefix, length] for length in own]
        shown = [f"{cell.speedup:.1f} ({cell.factor:.1f})" for cell in found]
        lines.append(f"| {prefix} | {' | '.join(shown)} |")
    return "\n".join(lines)


def draw(cells: Sequence[Cell], *, n_rows: int) -> str:
    """Speed-up against the length of the prefix, a curve for each length of a row's own; SVG."""
    prefixes, own = _prefixes(cells), _lengths(cells)
    top = ceil(max(max(cell.speedup, cell.factor) for cell in cells))
    title = f"How many times faster a step is, in batches of {n_rows} rows"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{title}"><style>{_STYLE}</style>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 20, title, "start"),
        *(_rule(value, top) for value in range(top + 1)),
        *(
            _text(_x(place, prefixes), _HEIGHT - _BOTTOM + 18, str(prefix), "middle")
            for place, prefix in enumerate(prefixes)
        ),
        _text(_WIDTH / 2 - 34, _HEIGHT - 10, "tokens that all rows share", "middle"),
    ]
    ends: list[float] = []
    for length, colour in sorted(zip(own, _COLOURS, strict=False), reverse=True):
        curve = sorted((cell for cell in cells if cell.own == length), key=lambda one: one.prefix)
        parts += _curve(curve, prefixes, top, colour)
        # Labels of curves that end close together stand above each other.
        end = min([_y(curve[-1].speedup, top), *(before - 16 for before in ends)])
        ends.append(end)
        label = f"{length} of its own"
        parts.append(_text(_WIDTH - _RIGHT + 10, end + 4, label, "start", fill=colour))
    parts.append(
        _text(
            _LEFT + 12, _TOP + 14, "solid: measured; dashed: as tokens alone would have it", "start"
        )
    )
    return "\n".join([*parts, "</svg>\n"])


def _curve(curve: Sequence[Cell], prefixes: Sequence[int], top: int, colour: str) -> list[str]:
    xs = [_x(prefixes.index(cell.prefix), prefixes) for cell in curve]
    solid = [(x, _y(cell.speedup, top)) for x, cell in zip(xs, curve, strict=True)]
    dashed = [(x, _y(cell.factor, top)) for x, cell in zip(xs, curve, strict=True)]
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in solid]
    return [
        _line(dashed, colour, ' stroke-dasharray="4 4" opacity="0.6"'),
        _line(solid, colour, ' stroke-width="2"'),
        *dots,
    ]


def _line(points: Sequence[tuple[float, float]], colour: str, more: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}"{more}/>'


def _rule(value: int, top: int) -> str:
    y = _y(value, top)
    # Below one, sharing would be a loss: that is the line to look at.
    colour = "#888" if value == 1 else "#e5e5e5"
    rule = (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
    )
    return rule + _text(_LEFT - 8, y + 4, f"{value}×", "end")


def _text(x: float, y: float, text: str, anchor: str, *, fill: str = "") -> str:
    style = f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{text}</text>'


def _x(place: int, prefixes: Sequence[int]) -> float:
    """Lengths stand at equal distances, for each is some times the one before."""
    width = _WIDTH - _LEFT - _RIGHT - 24
    return _LEFT + 12 + width * place / max(len(prefixes) - 1, 1)


def _y(value: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)


def _prefixes(cells: Sequence[Cell]) -> list[int]:
    return sorted({cell.prefix for cell in cells})


def _lengths(cells: Sequence[Cell]) -> list[int]:
    return sorted({cell.own for cell in cells})
