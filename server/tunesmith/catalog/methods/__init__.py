"""Ways to fine-tune: one file each, as `METHOD`; `engine/methods` holds a file of the same name."""

from collections.abc import Callable
from dataclasses import dataclass

from tunesmith.catalog.options import Option
from tunesmith.discover import discover

DefaultRate = Callable[[int, int, str], float]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to fine-tune."""

    name: str
    doc: str
    """One line for people."""
    options: tuple[Option, ...]
    """Beside those of the loop."""
    default_lr: DefaultRate
    """Learning rate by number of parameters, hidden size and family of the model."""


def methods() -> dict[str, Method]:
    """Every method, by name."""
    return discover(__name__, "METHOD", Method)
