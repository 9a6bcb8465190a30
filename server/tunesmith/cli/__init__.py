"""The command line: `main` is where it begins."""

import os
import sys


def main() -> None:
    """Run the command line; every way to fail is a sentence on stderr and an exit code."""
    from tunesmith.cli.errors import CliError, tell

    try:
        _run(sys.argv[1:])
    except CliError as error:
        tell(str(error))
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read what we print has gone; nothing more is written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        tell(f"{place}{error.strerror or error}")
        sys.exit(2)


def _run(words: list[str]) -> None:
    # Hooks and editors start `check` all day long, and the library that reads the options of all
    # other commands takes longer to import than a thousand prompts that are known to read.
    if words[:1] == ["check"]:
        from tunesmith.cli.check import check

        sys.exit(check(words[1:]))
    from tunesmith.cli.app import app

    app()
