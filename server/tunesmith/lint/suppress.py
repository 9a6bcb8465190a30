"""Comments that allow what a rule would say about the next line.

`# tunesmith: allow RULE reason` in the frontmatter or above it, and
`{{!-- tunesmith: allow RULE reason --}}` in the body.
"""

import re
from collections.abc import Iterable, Iterator

from tunesmith.prompt.model import Comment, Prompt, walk
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Finding

_ALLOW = r"tunesmith:[ \t]*allow[ \t]+(?P<rule>[a-z][a-z0-9-]*)"
_IN_FRONTMATTER = re.compile(rf"^[ \t]*#[ \t]*{_ALLOW}", re.MULTILINE)
_IN_BODY = re.compile(rf"\s*{_ALLOW}")


def unsuppressed(findings: Iterable[Finding], prompt: Prompt) -> list[Finding]:
    """The findings that no comment allows."""
    lines = LineIndex(prompt.text)
    comments = sorted(_comments(prompt, lines))
    taken = {line for line, _ in comments}
    allowed: set[tuple[int, str]] = set()
    for line, rule in comments:
        # Comments for several rules stand one below the other and mean the line under them all.
        target = line + 1
        while target in taken:
            target += 1
        allowed.add((target, rule))
    return [
        finding
        for finding in findings
        if (lines.position(finding.start)[0], finding.rule) not in allowed
    ]


def _comments(prompt: Prompt, lines: LineIndex) -> Iterator[tuple[int, str]]:
    """The line on which each comment ends, and the rule it allows."""
    head = prompt.frontmatter.yaml.end if prompt.frontmatter else 0
    for match in _IN_FRONTMATTER.finditer(prompt.text, 0, head):
        yield lines.position(match.end())[0], match["rule"]
    for node in walk(prompt.template):
        if isinstance(node, Comment) and (match := _IN_BODY.match(node.text)):
            yield lines.position(node.span.end)[0], match["rule"]
