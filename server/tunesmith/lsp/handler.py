"""What a file in `requests/` or `commands/` holds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from tunesmith.wire.codec import WireError, from_plain

if TYPE_CHECKING:
    from tunesmith.lsp.language_server import TunesmithServer

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A message of the client and the function that handles it."""

    name: str
    """That of its file."""
    method: str
    handle: Callable[["TunesmithServer", Any], Any]
    options: object = None
    """What is advertised beside the bare capability."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of `workspace/executeCommand` and the function that runs it."""

    name: str
    """That of its file."""
    id: str
    run: Callable[["TunesmithServer", types.ExecuteCommandParams], Awaitable[object]]


def read_params(kind: type[T], plain: object) -> T:
    """Our own message from what the client sent. Raises JsonRpcInvalidParams."""
    try:
        return from_plain(kind, plain)
    except WireError as error:
        raise JsonRpcInvalidParams(str(error)) from error


def read_argument(kind: type[T], params: types.ExecuteCommandParams) -> T:
    """The one argument of a command. Raises JsonRpcInvalidParams."""
    arguments = cast("list[object]", list(params.arguments or ()))
    if len(arguments) != 1:
        raise JsonRpcInvalidParams(f"{params.command} takes one argument, got {len(arguments)}")
    return read_params(kind, arguments[0])
