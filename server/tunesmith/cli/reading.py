"""Reads the files of prompts, whatever they are."""

import os
import stat
from pathlib import Path

from tunesmith.cli.errors import CliError
from tunesmith.prompt.limits import MAX_BYTES


def read_bytes(path: str | Path, shown: str | None = None) -> bytes:
    """What stands in a prompt's file; a pipe or a device is not waited for.

    Raises CliError, which names the file as `shown`.
    """
    shown = shown or str(path)
    try:
        # A pipe would keep us waiting for ever for whoever writes into it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CliError(f"{shown}: is no regular file")
        with open(path, "rb", buffering=0) as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CliError(f"{shown}: cannot be read: {reason}") from error
    return content


def decode_prompt(path: str | Path, content: bytes) -> str:
    """The text of a prompt. Raises CliError with the place of what is none."""
    if len(content) > MAX_BYTES:
        raise CliError(f"{path}: is larger than 1 MB, which no prompt is")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02x} at offset {error.start} (line {line})"
        raise CliError(f"{path}: {what} is not UTF-8: save the file as UTF-8") from error
    null = text.find("\0")
    if null >= 0:
        line = text.count("\n", 0, null) + 1
        raise CliError(f"{path}: holds a null character on line {line}: it is no text file")
    return text
