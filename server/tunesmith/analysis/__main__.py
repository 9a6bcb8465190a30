"""`python -m tunesmith.analysis`: requests on standard input, findings on standard output.

One JSON object a line, both ways, as `wire/analysis.py` has them; each request is answered before
the next one is read, so whoever asks keeps only the newest of each prompt. It ends with its input.
"""

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tunesmith.analysis.check import check_data
from tunesmith.prompt.files import load_prompt
from tunesmith.wire.analysis import Analyse, Analysed
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.finding import Finding

logger = logging.getLogger("tunesmith.analysis")


def main() -> None:
    """Serve until standard input ends."""
    logging.basicConfig(stream=sys.stderr, format="analysis: %(message)s")
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: Iterable[bytes], answers: BinaryIO) -> None:
    """Answer each request; what is none is logged and passed over."""
    for line in requests:
        try:
            request = loads(Analyse, line.decode("utf-8", errors="replace"))
        except (WireError, RecursionError) as error:
            logger.warning("a request was not understood: %s", error)
            continue
        answer = dumps(Analysed(id=request.id, findings=tuple(_analyse(request))))
        # Half a surrogate pair, which no encoding has, becomes the escape that JSON has for it.
        answers.write(answer.encode("utf-8", errors="backslashreplace") + b"\n")
        answers.flush()


def _analyse(request: Analyse) -> list[Finding]:
    root = Path(request.workspace)
    try:
        return check_data(load_prompt(request.text, Path(request.path), root), root)
    # One prompt that cannot be analysed must not cost all others their findings.
    except Exception:
        logger.exception("%s could not be analysed", request.path)
        return []


if __name__ == "__main__":
    main()
