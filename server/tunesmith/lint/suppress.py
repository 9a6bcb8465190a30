"""Comments that allow what a rule would say about the next line.

`# tunesmith: allow RULE reason` in the frontmatter or above it, and
`{{!-- tunesmith: allow RULE reason --}}` in the body.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import LineIndex, Span
from tunesmith.wire.finding import Finding

_ALLOW = r"tunesmith:[ \t]*allow\b[ \t]*(?P<rule>(?!--)[^\s{}]*)"
_IN_FRONTMATTER = re.compile(rf"^[ \t]*#[ \t]*{_ALLOW}.*", re.MULTILINE)
_IN_BODY = re.compile(rf"\{{\{{~?!(?:--)?\s*{_ALLOW}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Allow:
    """One such comment."""

    rule: str
    """As it is written; perhaps no rule's name."""
    name: Span
    """Of the rule."""
    comment: Span
    line: int
    """The line that it means, from 0."""


def allows(prompt: Prompt) -> tuple[Allow, ...]:
    """The comments that allow something, in the order of the text."""
    if "tunesmith:" not in prompt.text:
        return ()
    lines = LineIndex(prompt.text)
    found = [(lines.position(span.end)[0], match, span) for match, span in _comments(prompt)]
    taken = {line for line, _, _ in found}
    return tuple(
        Allow(
            rule=match["rule"],
            name=Span(*match.span("rule")),
            comment=span,
            line=_line_below(line, taken),
        )
        for line, match, span in sorted(found, key=lambda item: item[2].start)
    )


def sift(
    findings: Iterable[Finding], prompt: Prompt, comments: Sequence[Allow]
) -> tuple[list[Finding], list[Allow]]:
    """The findings that no comment allows, and the comments that allowed nothing."""
    if not comments:
        return [*findings], []
    lines = LineIndex(prompt.text)
    allowed = {(comment.line, comment.rule) for comment in comments}
    used: set[tuple[int, str]] = set()
    kept: list[Finding] = []
    for finding in findings:
        place = (lines.position(finding.start)[0], finding.rule)
        if place in allowed:
            used.add(place)
        else:
            kept.append(finding)
    return kept, [comment for comment in comments if (comment.line, comment.rule) not in used]


def _line_below(line: int, taken: set[int]) -> int:
    """Comments for several rules stand one below the other and mean the line under them all."""
    line += 1
    while line in taken:
        line += 1
    return line


def _comments(prompt: Prompt) -> Iterator[tuple[re.Match[str], Span]]:
    head = prompt.frontmatter.yaml.end if prompt.frontmatter else 0
    for match in _IN_FRONTMATTER.finditer(prompt.text, 0, head):
        yield match, Span(*match.span())
    for node in prompt.comments:
        if match := _IN_BODY.match(prompt.text, node.span.start, node.span.end):
            yield match, node.span
