"""Drawings of the report, as SVG text that takes its colours from the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 30

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A range of values and the ticks to write on it."""

    low: float
    high: float
    ticks: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A named curve; its class in the style sheet gives the colour."""

    name: str
    style: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = ()
    """x, lower and upper end of an interval around the curve."""
    has_dots: bool = False


def chart(lines: Sequence[Line], x: Axis, y: Axis, *, title: str, x_name: str) -> str:
    """Curves over a grid, with a caption for readers who do not see it."""
    body = "".join(
        [
            *(_y_tick(value, y) for value in y.ticks),
            *(_x_tick(value, x) for value in x.ticks),
            *(_drawn(line, x, y) for line in lines),
            _text((WIDTH + LEFT) / 2, HEIGHT - 4, x_name, "middle"),
        ]
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{body}</svg>'
    )


def round_axis(values: Sequence[float], *, n_ticks: int = 4) -> Axis:
    """From zero to a round number above every value.

    >>> round_axis([0.3, 1.7])
    Axis(low=0.0, high=2.0, ticks=(0.0, 0.5, 1.0, 1.5, 2.0))
    """
    highest = max([*values, 1e-9])
    step = 10.0**-12
    for size in (size * 10.0**power for power in range(-12, 13) for size in (1, 2, 5)):
        if size * n_ticks >= highest:
            step = size
            break
    return Axis(low=0.0, high=step * n_ticks, ticks=tuple(step * i for i in range(n_ticks + 1)))


def _drawn(line: Line, x: Axis, y: Axis) -> str:
    places = [(_at_x(a, x), _at_y(b, y)) for a, b in line.points]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    parts = [_band(line, x, y), f'<polyline class="{line.style}" points="{path}"/>']
    if line.has_dots:
        parts += [
            f'<circle class="{line.style}" cx="{a:.1f}" cy="{b:.1f}" r="3.5">'
            f"<title>{escape(line.name)}: {value:.3f}</title></circle>"
            for (a, b), (_, value) in zip(places, line.points, strict=True)
        ]
    return "".join(parts)


def _band(line: Line, x: Axis, y: Axis) -> str:
    if not line.band:
        return ""
    upper = [(_at_x(a, x), _at_y(high, y)) for a, _, high in line.band]
    lower = [(_at_x(a, x), _at_y(low, y)) for a, low, _ in reversed(line.band)]
    outline = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*upper, *lower])
    return f'<polygon class="{line.style} band" points="{outline}"/>'


def _y_tick(value: float, y: Axis) -> str:
    at = _at_y(value, y)
    rule = f'<line class="grid" x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}"/>'
    return rule + _text(LEFT - 6, at + 4, f"{value:g}", "end")


def _x_tick(value: float, x: Axis) -> str:
    return _text(_at_x(value, x), HEIGHT - BOTTOM + 16, f"{value:g}", "middle")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _at_x(value: float, axis: Axis) -> float:
    return LEFT + (value - axis.low) / (axis.high - axis.low) * (WIDTH - LEFT - RIGHT)


def _at_y(value: float, axis: Axis) -> float:
    share = (min(max(value, axis.low), axis.high) - axis.low) / (axis.high - axis.low)
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
