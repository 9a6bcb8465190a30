"""Files packed with gzip, read as far as they are whole."""

import gzip
import io
import zlib
from typing import BinaryIO

SUFFIX = ".gz"


class Unpacked(io.RawIOBase):
    """What a gzip file holds, never more than a buffer of it in memory.

    A torn or damaged file ends where the damage is, and `fault` says so.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.fault: str | None = None
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Back to the beginning, at least."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; what was found damaged is met again."""
        # From the beginning: it does not go back by itself where its first read failed.
        self._file.seek(0)
        self.fault, self._gzip = None, gzip.GzipFile(fileobj=self._file)
        return self._gzip.seek(offset, whence)

    def tell(self) -> int:
        """How many bytes of the content stand before."""
        return self._gzip.tell()

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Some more of the content."""
        if self.fault:
            return 0
        try:
            # One read of the file at most, so that what comes before the damage is not lost.
            content = self._gzip.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self.fault = (
                f"the gzip file is torn or damaged ({error}): what follows is lost"
                if self.tell()
                else f"cannot be unpacked with gzip, though its name ends in .gz ({error})"
            )
            return 0
        buffer[: len(content)] = content
        return len(content)
