"""How the command line says that it cannot go on, or what else there is to know."""

import sys


class CliError(Exception):
    """Printed on stderr without a traceback; the message says what to do."""

    def __init__(self, message: str, *, code: int = 2) -> None:
        """`code` is the exit code of the process."""
        super().__init__(message)
        self.code = code


def tell(message: str) -> None:
    """Say something beside the output."""
    print(f"tunesmith: {message}", file=sys.stderr)
