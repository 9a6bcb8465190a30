"""`tunesmith serve`: the language server."""

import typer


def serve() -> None:
    """Speak the language server protocol on stdin and stdout; editors start this."""
    from tunesmith.lsp.server import serve

    raise typer.Exit(serve())
