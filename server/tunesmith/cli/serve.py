"""`tunesmith serve`: the language server."""

import typer


def serve() -> None:
    """Be the language server that editors start."""
    from tunesmith.lsp.server import serve

    raise typer.Exit(serve())
