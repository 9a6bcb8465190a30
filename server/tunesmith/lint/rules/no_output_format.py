"""A classification prompt that never says what an answer looks like.

An untuned model then answers in sentences, with labels of its own, and scores as if it were
wrong. Naming the answers, or their form, settles it, be it in the output schema.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label, labels: [positive, negative]}
    ---
    What is the mood of this review?
    <review>
    {{review}}
    </review>
    -- films.csv --
    review,label
    Fine.,positive
    Dull.,negative
Good:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label, labels: [positive, negative]}
    ---
    Is the mood of this review positive or negative?
    <review>
    {{review}}
    </review>
    -- films.csv --
    review,label
    fine film,positive
    fine songs,positive
    fine acting,positive
    fine plot,positive
    fine end,positive
    fine scenes,positive
    fine views,positive
    fine jokes,positive
    fine start,positive
    fine cast,positive
    dull film,negative
    dull songs,negative
    dull acting,negative
    dull plot,negative
    dull end,negative
    dull scenes,negative
    dull views,negative
    dull jokes,negative
    dull start,negative
    dull cast,negative
"""

import re
from collections.abc import Iterator

from tunesmith.lint.demos import demos
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("no-output-format", severity="information")
_FORM = re.compile(
    r"\b(?:answer|respond|reply|output|return|label|classif\w*|categor\w*|one of|whether|or|choose"
    r"|format|json|yes|true)\b|[:：]\s*\Z|回答|输出|返回|分类|选择|或|还是|是否|之一",
    re.IGNORECASE,
)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the last line of the template."""
    extension, prompt = loaded.extension, loaded.prompt
    if extension.task != "classification" or not extension.has_training or loaded.partials:
        return
    if prompt.frontmatter and prompt.frontmatter.get("output", "schema"):
        return
    body = prompt.body.of(prompt.text)
    if not body or _FORM.search(body) or demos(prompt) or _names_label(loaded, body):
        return
    start = prompt.body.start + body.rfind("\n") + 1
    message = "the prompt never says what an answer looks like: list the labels to choose from"
    yield RULE.at(Span(start, prompt.body.end), message)


def _names_label(loaded: LoadedPrompt, body: str) -> bool:
    data = loaded.extension.data
    labels = data.labels if data and data.labels else ()
    return any(label.casefold() in body.casefold() for label in labels if label)
