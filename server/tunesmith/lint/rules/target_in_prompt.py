"""The answer stands in the prompt: in a variable of its own, or inside of another one.

Of a row, the prompt gets everything but the target; a place for it stays empty. What cannot be kept
away is a column that repeats the answer, such as a line that ends in "Label: positive". The model
then learns to copy, and scores that no new row will give.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    It is {{label}}, is it not?
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    {{#if label}}{{role "model"}}It is {{label}}.{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import Sample, samples
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Const, Mustache
from tunesmith.prompt.output import Segment
from tunesmith.prompt.text import Span
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Finding

RULE = Rule("target-in-prompt", severity="error")
_FEWEST_ROWS = 4
_SHARE = 0.9
_N_ROWS = 64
_MODEL_TURN = re.compile(r"\brole\s+[\"']model[\"']")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """A finding at each use of the target before the final model turn."""
    data, prompt = loaded.extension.data, loaded.prompt
    if data is None or data.target is None:
        return
    names = {data.target, *(name for name, to in data.columns.items() if to == data.target)}
    texts = (prompt.text[prompt.body.start :], *loaded.partials.values())
    if not any(name in text for text in texts for name in names):
        return
    uses = [use for use in variables(prompt, loaded.partials) if use.name in names]
    end = _prompt_end(prompt)
    allowed = sorted(_allowed(loaded), key=lambda span: span.start) if uses else []
    for use in uses:
        # Tags do not overlap: the last one that begins before the use is the one it may be in.
        at = bisect_right(allowed, use.span.start, key=lambda span: span.start)
        is_allowed = at > 0 and use.span.start < allowed[at - 1].end
        if use.span.start < end and not is_allowed:
            message = (
                f"{use.name} is the answer, which no prompt may show, so that this place stays "
                'empty: take it out, or move it into a final {{role "model"}} turn'
            )
            yield RULE.at(use.span, message)


def _prompt_end(prompt: Prompt) -> int:
    """Where the final model turn begins, in a block or not; else the end."""
    roles = [node for node in prompt.calling("role") if isinstance(node, Mustache)]
    last = max(roles, key=lambda node: node.span.start, default=None)
    name = last.call.arguments[0] if last and last.call.arguments else None
    is_model = isinstance(name, Const) and name.value == "model"
    return last.span.start if last and is_model else prompt.body.end


def _allowed(loaded: LoadedPrompt) -> Iterator[Span]:
    """Tags that may name the answer: conditions of blocks, and partials with a model turn."""
    prompt = loaded.prompt
    for block in prompt.blocks:
        yield block.open
        yield from (branch.tag for branch in block.branches)
    for call in prompt.partial_calls:
        # A partial with a model turn may well be the target.
        if _MODEL_TURN.search(loaded.partials.get(call.name or "", "")):
            yield call.span


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """A finding at each variable whose values tell the answer in nine of ten rows of each kind."""
    data = loaded.extension.data
    if data is None or data.target is None:
        return
    rows = [one for one in samples(loaded, facts, n_rows=_N_ROWS) if _target(one, data)]
    targets = sorted({_target(row, data) for row in rows})
    if len(rows) < _FEWEST_ROWS or len(targets) < 2:
        return
    word = _any_word(targets) if loaded.extension.task == "classification" else None
    n_rows = Counter(_target(row, data) for row in rows)
    n_told: defaultdict[tuple[Span, str | None], Counter[str]] = defaultdict(Counter)
    for row in rows:
        segments = [one for turn in row.example.messages for one in turn.segments if one.is_value]
        told = [one for one in segments if _tells(one, _target(row, data), word)]
        for place in {(segment.span, segment.variable) for segment in told}:
            n_told[place][_target(row, data)] += 1
    for (span, name), by_target in n_told.items():
        # Target by target, since the one that most rows have is met by chance, too.
        share = sum(by_target[target] / n for target, n in n_rows.items()) / len(n_rows)
        if share >= _SHARE:
            message = (
                f"{name or 'this value'} tells the answer: in {by_target.total()} of "
                f"{len(rows)} sampled rows "
                f"it holds the row's own {data.target}; take that out of the data"
            )
            yield RULE.at(span, message)


def _target(sample: Sample, data: DataKeys) -> str:
    return sample.row.values.get(data.target or "", "").strip()


def _any_word(targets: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(targets, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _tells(segment: Segment, target: str, word: re.Pattern[str] | None) -> bool:
    """It is the target; or, of a few classes, it names this one and none of the others."""
    if word is None:
        return segment.text.strip() == target
    return {match.group() for match in word.finditer(segment.text)} == {target}
