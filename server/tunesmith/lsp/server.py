"""`tunesmith serve`: the language server over standard input and output."""

import asyncio
import gc
import logging
from functools import partial

from tunesmith.discover import discover
from tunesmith.lsp.handler import Command, Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.transport import StdoutWriter, claim_stdout, read_messages
from tunesmith.settings import Settings, read_settings


def make_server(settings: Settings) -> TunesmithServer:
    """A server that knows every request and every command."""
    server = TunesmithServer(settings)
    for request in discover("tunesmith.lsp.requests", "REQUEST", Request).values():
        server.feature(request.method, request.options)(partial(request.handle, server))
    for command in discover("tunesmith.lsp.commands", "COMMAND", Command).values():
        server.command(command.id)(partial(command.run, server))
    return server


def serve() -> int:
    """Serve one editor; the exit code that the protocol asks for."""
    # What goes wrong is told on standard error, which editors keep as the server's log. Messages
    # themselves are never logged: they hold prompts and rows.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    server = make_server(read_settings())
    # A long prompt is tens of thousands of objects without a cycle, made anew at every keystroke.
    # Looking through all there is after each few hundred of them would double the time it takes.
    gc.freeze()
    gc.set_threshold(50_000)
    return asyncio.run(_serve(server))


async def _serve(server: TunesmithServer) -> int:
    protocol = server.protocol
    protocol.set_writer(StdoutWriter(claim_stdout()))
    try:
        await read_messages(0, protocol.receive)
    finally:
        await server.end()
    return 1 if protocol.exit_code is None else protocol.exit_code
