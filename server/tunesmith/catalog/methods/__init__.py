"""Ways to fine-tune: one file each, as `METHOD`; `engine/methods` holds a file of the same name."""

from dataclasses import dataclass

from tunesmith.catalog.defaults import RateOf
from tunesmith.catalog.options import Option
from tunesmith.discover import discover


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to fine-tune."""

    name: str
    doc: str
    """One line for people."""
    options: tuple[Option, ...]
    """Beside those of the loop."""
    default_lr: RateOf
    """Learning rate by hidden size, which stands for the model's size, and family."""
    quantised: bool = False
    """The base model is held in 4 bits, in training and ever after."""


def methods() -> dict[str, Method]:
    """Every method, by name."""
    return discover(__name__, "METHOD", Method)
