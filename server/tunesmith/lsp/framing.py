"""Where a message begins and ends in a stream of bytes."""

import re
from collections.abc import Iterator

MAX_BODY = 64 * 1024 * 1024
MAX_HEADER = 8 * 1024

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.M)


class FramingError(Exception):
    """The stream cannot be followed any further: nobody knows where the next message begins."""


class Framing:
    r"""Cuts the bytes of a client into message bodies, however they were chunked.

    >>> list(Framing().feed(b"Content-Length: 2\r\n\r\n{}"))
    [b'{}']
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The bodies that `chunk` completes. Raises FramingError."""
        self._buffer += chunk
        while True:
            if self._length is None:
                self._length = self._read_header()
            if self._length is None or len(self._buffer) < self._length:
                return
            body = bytes(self._buffer[: self._length])
            del self._buffer[: self._length]
            self._length = None
            yield body

    def _read_header(self) -> int | None:
        end = _END_OF_HEADER.search(self._buffer, 0, MAX_HEADER)
        if end is None:
            if len(self._buffer) > MAX_HEADER:
                raise FramingError("a header without an end")
            return None
        found = _LENGTH.search(self._buffer, 0, end.end())
        if found is None:
            raise FramingError("a header without a Content-Length")
        length = int(found[1])
        if length > MAX_BODY:
            raise FramingError(f"a message of {length} bytes; at most {MAX_BODY} are taken")
        del self._buffer[: end.end()]
        return length
