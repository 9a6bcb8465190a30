"""A value that YAML 1.1 and YAML 1.2 read differently.

Dotprompt's JavaScript runtime and this tool read YAML 1.2, Python's PyYAML reads YAML 1.1: there
`no` is false, `3:25` is 205, `012` is 10, a date is no text, and `1e-4` is no number.

Bad:
    ---
    input: {schema: {answer(enum): [yes, no]}}
    config: {temperature: 1e-1}
    ---
    {{answer}}
Good:
    ---
    input: {schema: {answer(enum): ["yes", "no"]}}
    config: {temperature: 1.0e-1}
    ---
    {{answer}}
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import yaml

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Yaml
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import resolve
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("yaml-version-trap", severity="warning")
_SUSPICIOUS = re.compile(
    r"\b(?:yes|no|on|off)\b|[0-9]\.?[eE:_]|(?<![0-9.])[-+]?0[0-9obx]|[0-9]{4}-[0-9]|<<|=",
    re.IGNORECASE,
)
_MAY_DIFFER = re.compile(
    r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|<<|="
    r"|[-+]?[0-9.][0-9a-zA-Z_.:+-]*(?:[ \t][0-9 \t.:Z+-]+)?"
)
_SAME = re.compile(r"[-+]?(?:[1-9][0-9]*|0)(?:\.[0-9]*)?")
"""Numbers that nobody reads differently, which is most of them."""
_ERROR = object()
_EXPONENT = re.compile(r"([-+]?)([0-9]*)(\.[0-9]*)?[eE]([-+]?)([0-9]+)")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such value or key."""
    frontmatter, text = loaded.prompt.frontmatter, loaded.prompt.text
    if frontmatter is None:
        return
    if not _SUSPICIOUS.search(text, frontmatter.yaml.start, frontmatter.yaml.end):
        return
    seen: set[Span] = set()
    for span in _scalars(frontmatter.root):
        # What an alias repeats stands in the text once.
        if span not in seen:
            seen.add(span)
            yield from _judge(span.of(text), span)


def _scalars(node: Yaml) -> Iterator[Span]:
    if node.kind == "scalar":
        yield node.span
    for entry in node.entries:
        yield entry.key_span
        yield from _scalars(entry.value)
    for item in node.items:
        yield from _scalars(item)


def _judge(word: str, span: Span) -> Iterator[Finding]:
    if not _MAY_DIFFER.fullmatch(word) or _SAME.fullmatch(word):
        return
    old, new = _old(word), resolve(word)
    if (type(old), old) == (type(new), new):
        return
    if word == "<<":
        yield RULE.at(span, 'YAML 1.1 merges the mapping behind "<<" in, YAML 1.2 does not')
        return
    kind = "text" if isinstance(new, str) else "a number" if isinstance(old, str) else str(new)
    message = f"{word} is {kind} in YAML 1.2, and {_shown(old)} in YAML 1.1"
    better = _better(word, old, new)
    if better is None:
        yield RULE.at(span, message)
        return
    edit = Edit(start=span.start, end=span.end, text=better)
    fix = Fix(title=f"Write {better}", edits=(edit,), safe=True)
    yield RULE.at(span, f"{message}: write {better}", fix=fix)


@lru_cache(maxsize=1024)
def _old(word: str) -> object:
    """What YAML 1.1 makes of a word; `_ERROR` where it refuses it."""
    try:
        return yaml.safe_load(word)
    except (ValueError, yaml.YAMLError):
        return _ERROR


def _shown(old: object) -> str:
    if isinstance(old, bool):
        return "true" if old else "false"
    if isinstance(old, (int, float)):
        return str(old)
    if isinstance(old, str):
        return "text"
    return "an error" if old is _ERROR else "a date"


def _better(word: str, old: object, new: object) -> str | None:
    """The same by YAML 1.2, written so that both read it; None where a number may be meant."""
    if isinstance(new, str):
        is_number = isinstance(old, (int, float)) and not isinstance(old, bool)
        return None if is_number and ":" not in word else f'"{word}"'
    better = str(new)
    if match := _EXPONENT.fullmatch(word):
        sign, whole, fraction, exponent_sign, exponent = match.groups()
        # YAML 1.1 wants the point and the sign of the exponent written out.
        digits = fraction if fraction and len(fraction) > 1 else ".0"
        better = f"{sign}{whole or '0'}{digits}e{exponent_sign or '+'}{exponent}"
    return better if _old(better) == resolve(better) == new else None
