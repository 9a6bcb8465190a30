"""Options: what may be set, to what, and what happens where nothing is set."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

Scalar = bool | int | float | str


class OptionError(ValueError):
    """A setting that no option allows; names the key, the value and what is allowed."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Option:
    """One thing that can be set."""

    name: str
    type: type[Scalar]
    default: Scalar | None
    """None: worked out when the job is planned, so that `resolve_options` leaves it out."""
    doc: str
    """One line for people."""
    low: float | None = None
    """Smallest number allowed."""
    high: float | None = None
    """Largest number allowed."""
    choices: tuple[str, ...] = ()
    """Words allowed; empty: any."""

    @property
    def allowed(self) -> str:
        """What a value may be, in words.

        >>> Option(name="rank", type=int, default=8, low=1, high=256, doc="").allowed
        'a whole number from 1 to 256'
        """
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        noun = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        low = "" if self.low is None else f" from {self.low:,.15g}"
        high = "" if self.high is None else f" to {self.high:,.15g}"
        return f"{noun[self.type]}{low}{high}"

    def read(self, value: object) -> Scalar:
        """The value in the option's own type. Raises OptionError where it is not allowed."""
        read = self._typed(value)
        if read is None or not self._is_within(read):
            raise OptionError(self.name, f"{self.name}: {value!r} is not {self.allowed}")
        return read

    def _typed(self, value: object) -> Scalar | None:
        if self.type is float:
            return _number(value)
        # A bool is an int to Python, and to nobody else.
        if isinstance(value, self.type) and (self.type is bool or not isinstance(value, bool)):
            return value
        return None

    def _is_within(self, value: Scalar) -> bool:
        if isinstance(value, str):
            return not self.choices or value in self.choices
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)


def resolve_options(options: Iterable[Option], given: Mapping[str, object]) -> dict[str, Scalar]:
    """Every option's value: the given one, else its default.

    Raises OptionError for a key that no option has, and for a value that its option forbids.

    >>> rank = Option(name="rank", type=int, default=8, low=1, high=256, doc="Columns.")
    >>> resolve_options([rank], {}), resolve_options([rank], {"rank": 16})
    ({'rank': 8}, {'rank': 16})
    >>> resolve_options([rank], {"rank": 0})
    Traceback (most recent call last):
    tunesmith.catalog.options.OptionError: rank: 0 is not a whole number from 1 to 256
    """
    by_name = {option.name: option for option in options}
    for key in given:
        if key not in by_name:
            raise OptionError(key, _unknown(key, by_name))
    resolved = {name: option.default for name, option in by_name.items()}
    resolved |= {key: by_name[key].read(value) for key, value in given.items()}
    return {name: value for name, value in resolved.items() if value is not None}


def _unknown(key: str, by_name: Mapping[str, Option]) -> str:
    near = get_close_matches(key, by_name, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(by_name)}"
    return f'no option is called "{key}"; {hint}'


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # YAML 1.1 reads 1e-4 as text; whoever writes it means the number.
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
