"""The linter: keystroke to diagnostics, a thousand files, and rows rendered a second.

`python -m benchmarks.lint [--quick] [--json]`

A keystroke is timed at the client, from sending the change to the diagnostics of that version;
`cpu` is what the server's process used for it. The YAML server waits 200 ms before it judges.
"""

import argparse
import json

from benchmarks import _lint_files, _lint_lsp, _lint_render

_QUOTED = """\
Not measured here: promptly, the checker that comes with Dotprompt, took about 700 ms for a
keystroke in a prompt of 2,000 lines, by a build of its published sources."""


def measure(*, is_quick: bool) -> dict[str, float]:
    """All figures. Raises SystemExit where something to compare with is missing."""
    numbers: dict[str, float] = {}
    for part in (_lint_lsp, _lint_files, _lint_render):
        numbers |= part.measure(is_quick=is_quick)
    return numbers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    asked = parser.parse_args()
    numbers = measure(is_quick=asked.quick)
    for name, value in numbers.items():
        print(f"{name:30} {value:12.3f}")
    print(_QUOTED)
    if asked.json:
        print(json.dumps({name: round(value, 4) for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
