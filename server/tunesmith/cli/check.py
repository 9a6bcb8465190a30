"""`tunesmith check`: the rules, over any number of prompts."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tunesmith.cli.check_options import Request
from tunesmith.cli.check_run import run_check

_DOC = """Lint prompts and the data behind them.

Exit code 0: nothing wrong; 1: an error or a warning; 2: something could not be checked.
"""


def check(words: Sequence[str]) -> int:
    """Do what the words after `tunesmith check` ask for; the exit code. Raises CliError."""
    # Paths may stand before, between and behind the options.
    chosen = vars(_parser().parse_intermixed_args(words))
    for name in ("select", "ignore"):
        chosen[name] = _split(chosen[name])
    return run_check(Request(**chosen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tunesmith check",
        description=_DOC,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("paths", nargs="*", type=_path, metavar="PATH", help="prompts, and folders of prompts")
    add("--format", dest="output", metavar="NAME", default="text", help="text, json, sarif, github")
    add("--select", action="append", metavar="RULE,..", help="rules to run besides the preset's")
    add("--ignore", action="append", metavar="RULE,..", help="rules not to run")
    add("--preset", metavar="NAME", help="recommended or strict")
    add("--fix", action="store_true", help="make the repairs that are safe")
    add("--unsafe", action="store_true", help="with --fix or --diff: the other repairs, too")
    add("--diff", action="store_true", help="show what --fix would change, and change nothing")
    add(
        "--stdin-filename",
        type=_path,
        metavar="PATH",
        help="check stdin as if it stood in that file",
    )
    add("--baseline", type=_path, metavar="FILE", help="findings that are known and not shown")
    add("--write-baseline", action="store_true", help="let all that is found now be known")
    return parser


def _path(text: str) -> Path:
    # An empty name, as an unset variable of a shell gives, would mean this folder.
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def _split(names: Sequence[str] | None) -> tuple[str, ...]:
    parts = (part.strip() for name in names or () for part in name.split(","))
    return tuple(part for part in parts if part)
