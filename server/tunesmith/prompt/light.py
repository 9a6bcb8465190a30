"""Classes for what is made by the ten thousand at every keystroke."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def light(cls: type[T]) -> type[T]:
    """A dataclass that only the type checker keeps frozen.

    A frozen one takes three times as long to make, which is most of the time of a parse.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
