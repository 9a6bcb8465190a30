"""Ways to fine-tune: one file each, as `METHOD`; `engine/methods` holds a file of the same name."""

from collections.abc import Callable
from dataclasses import dataclass

from tunesmith.catalog.options import Option
from tunesmith.discover import discover

DefaultRate = Callable[[int, str], float]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to fine-tune."""

    name: str
    doc: str
    """One line for people."""
    options: tuple[Option, ...]
    """Beside those of the loop."""
    default_lr: DefaultRate
    """Learning rate by hidden size, which stands for the model's size, and family."""


def methods() -> dict[str, Method]:
    """Every method, by name."""
    return discover(__name__, "METHOD", Method)
