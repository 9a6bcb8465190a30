"""Two demands on the form of the answer that no answer can meet.

Conflicting instructions are a known class of prompt defects (arXiv 2509.14404); a model follows
one of them, and which one changes from row to row. What is asked for in a block, under a condition,
one after the other, or of a part of the answer is not compared.

Bad:
    Answer with one word. {{question}}
    Explain your reasoning in detail.
Good:
    Answer with one word. {{question}}
    Do not explain your answer.
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.quick import somewhere
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Text
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("contradictory-format", severity="hint")

_SHORT = re.compile(
    r"\b(?:(?:in|with|using) (?:only )?(?:one|a single) (?:word|number|letter)"
    r"|(?:only|nothing but) (?:one|a single|the) (?:word|label|number|letter))\b"
    r"|只用一个(?:英文)?(?:词|单词|字|数字)",
    re.IGNORECASE,
)
_LONG = re.compile(
    r"\b(?:explain (?:your|the|why)|give (?:your )?reasons"
    r"|(?:show|describe) your (?:work|reasoning)"
    r"|in (?:full|complete|several) sentences|in (?:great )?detail|(?:two|three|several) paragraphs"
    r")\b|(?:说明|解释)(?:你的)?(?:理由|原因)|详细(?:说明|解释|回答)",
    re.IGNORECASE,
)
_WORDS = (
    *("explain", "reason", "detail", "sentences", "paragraphs", "your work"),
    *("说明", "解释", "详细"),
)
"""One of them is in every long demand; looking for them is far cheaper."""
_NOT = re.compile(
    r"(?:\b(?:not|never|without|no need to|instead of|n't|rather than)\b[^.!?\n]{0,20}"
    r"|(?:不要|不必|无需|不用|请勿|别)[^。！？\n]{0,6})\Z",
    re.IGNORECASE,
)
_OF_A_PART = re.compile(
    r"(?:\b(?:if|when|unless|otherwise|else|then|finally|first|each)\b|[\"'`>:“”：]|如果|然后|最后|否则)"
    r"[^.!?\n。！？]*\Z",
    re.IGNORECASE,
)
_IN_TAGS = re.compile(r"[^.!?\n]{0,40}<[a-z]")
_REACH = 80


@somewhere
def _may_demand(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the demand that comes later."""
    if not _may_demand(loaded.prompt):
        return
    long = _first(loaded, _LONG)
    short = long and _first(loaded, _SHORT)
    if short and long:
        earlier, later = sorted((short, long), key=lambda match: match.start())
        message = (
            f'"{later.group()}" and, above, "{earlier.group()}": no answer can be both; '
            "say which one counts"
        )
        yield RULE.at(Span(*later.span()), message)


def _first(loaded: LoadedPrompt, demand: re.Pattern[str]) -> re.Match[str] | None:
    """The first place that makes a demand of the whole answer, always, and does not deny it."""
    text = loaded.prompt.text
    for node in loaded.prompt.template:
        if not isinstance(node, Text):
            continue
        for match in demand.finditer(text, node.span.start, node.span.end):
            before = text[max(node.span.start, match.start() - _REACH) : match.start()]
            is_partial = _OF_A_PART.search(before) or _IN_TAGS.match(text, match.end())
            if not _NOT.search(before) and not is_partial:
                return match
    return None
