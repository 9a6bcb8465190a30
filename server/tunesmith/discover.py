"""A folder as a registry: its modules, by name, each holding one expected thing."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, attribute: str, kind: type[T]) -> dict[str, T]:
    """Every module of `package` with its `attribute`, keyed by the attribute's own `name`.

    A file name is the name with underscores for dashes, so that a reader finds the file from
    the name. Raises TypeError for a module that breaks this: that is a fault in our own code.
    """
    found: dict[str, T] = {}
    folder = import_module(package)
    for module in sorted(info.name for info in iter_modules(folder.__path__)):
        value = getattr(import_module(f"{package}.{module}"), attribute, None)
        name = getattr(value, "name", None)
        if not isinstance(value, kind) or name != module.replace("_", "-"):
            raise TypeError(f"{package}.{module} must hold {attribute} named after its file")
        found[module.replace("_", "-")] = value
    return found
