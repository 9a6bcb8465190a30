"""pygls's protocol with its defects mended.

Each override below stands for a way in which pygls 2.1.1 loses a message, shows too much, or
lives on; `tests/lsp/test_protocol.py` has one test for each.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcRequestCancelled,
)
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    LanguageServerProtocol,
)

logger = logging.getLogger(__name__)
Message = dict[str, Any]
CommandHandler = Callable[[types.ExecuteCommandParams], Awaitable[object]]
_OURS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)


class RequestFailed(JsonRpcException):
    """A request that was understood and cannot be done; the message is for the person who asked."""

    CODE = -32803

    def __init__(self, message: str) -> None:
        """`message` says what happened and what to do."""
        super().__init__(message, code=self.CODE)


class Protocol(LanguageServerProtocol):
    """What every message goes through, both ways."""

    exit_code: int | None = None
    """Set once the client has asked the server to end."""

    def receive(self, body: bytes) -> bool:
        """Handle one message; never raises. False once the server is to end."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            logger.warning("dropped a message that is not JSON: %s", error)
            return True
        if not isinstance(message, dict):
            logger.warning("dropped a message that is no object")
            return True
        self._handle(cast("Message", message))
        return self.exit_code is None

    def _handle(self, message: Message) -> None:
        is_request = "id" in message and "method" in message
        if is_request and self._shutdown:
            self._refuse(message, JsonRpcInvalidRequest("the server is shutting down"))
            return
        try:
            structured = self.structure_message(message)
        # The client hears of an unreadable request, and we of a lost change; cattrs raises groups
        # of whatever its hooks raise.
        except Exception as error:
            logger.warning("cannot read a %s message: %s", message.get("method"), error)
            if is_request:
                self._refuse(message, JsonRpcInvalidParams(f"cannot read {message['method']}"))
            elif "method" in message:
                self.on_unreadable(message)
            return
        self.handle_message(structured)

    def on_unreadable(self, message: Message) -> None:
        """A notification that could not be read is lost; a lost change must be known of."""

    def structure_message(self, data: Message) -> Any:
        """Typed where lsprotocol knows the method; our own methods keep their plain params."""
        method = data.get("method")
        if not isinstance(method, str) or self.get_message_type(method) is not None:
            return super().structure_message(data)
        params, version = data.get("params"), str(data.get("jsonrpc"))
        if "id" in data:
            return JsonRPCRequestMessage(data["id"], method, version, params)
        return JsonRPCNotification(method, version, params)

    def _refuse(self, message: Message, error: JsonRpcException) -> None:
        self._send_response(message["id"], error=error.to_response_error())

    def _send_handler_result(self, future: "Future[Any]", *, msg_id: str | int) -> None:
        """Answer a request; what went wrong inside stays in the log, paths and all."""
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            error: BaseException | None = JsonRpcRequestCancelled("cancelled")
        else:
            error = future.exception()
        if error is None:
            self._send_response(msg_id, result=future.result())
        elif isinstance(error, JsonRpcException):
            self._send_response(msg_id, error=error.to_response_error())
        else:
            logger.error("request %s failed", msg_id, exc_info=error)
            hidden = JsonRpcInternalError("the server failed at this; its log says how")
            self._send_response(msg_id, error=hidden.to_response_error())

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()
        builtin = cast("dict[str, object]", self.fm.builtin_features)  # pyright: ignore[reportUnknownMemberType]
        # pygls splits lines where editors do not, so the session alone keeps the text; and it
        # never forgets a progress token.
        for method in _OURS:
            del builtin[method]
        builtin[types.WORKSPACE_EXECUTE_COMMAND] = self._execute_command
        builtin[types.SHUTDOWN] = self._shut_down
        builtin[types.EXIT] = self._exit

    async def _execute_command(self, params: types.ExecuteCommandParams) -> object:
        """Run a command as part of its request, so that cancelling the request reaches it."""
        commands = cast("dict[str, CommandHandler]", self.fm.commands)  # pyright: ignore[reportUnknownMemberType]
        handler = commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"there is no command {params.command}")
        return await handler(params)

    def _shut_down(self, _: object = None) -> None:
        """Give up what is pending, whose answers nobody waits for."""
        for future in tuple(self._request_futures.values()):
            future.cancel()
        self._shutdown = True

    def _exit(self, _: object = None) -> None:
        """End, with the exit code that the protocol asks for."""
        self.exit_code = 0 if self._shutdown else 1
