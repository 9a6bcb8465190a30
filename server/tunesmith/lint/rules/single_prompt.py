"""A prompt that is tuned in one wording only.

A model tuned on one wording can lose what it gained as soon as a word of the prompt changes, and
scores of one wording say more about the wording than about the model (Sclar et al. 2023,
arXiv 2310.11324; arXiv 2508.11383). A variant, `NAME.VARIANT.prompt` beside `NAME.prompt`, is
compared on the same rows.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
    -- case.question.prompt --
    Is this a good film? {{review}}
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import SUFFIX, LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("single-prompt", severity="information", preset="strict")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the settings of the training."""
    if not loaded.extension.has_training or loaded.parent is not None:
        return
    path = loaded.path
    try:
        changed = path.parent.stat().st_mtime_ns
        names = _prompts(path.parent, changed)
    except (OSError, ValueError):
        return
    stem = path.name.removesuffix(SUFFIX)
    if any(name.startswith(f"{stem}.") and name != path.name for name in names):
        return
    message = (
        "tuned in this wording only, so that the gain may hang on it: "
        f"write a variant beside it, such as {stem}.short{SUFFIX}"
    )
    key = "tunesmith.train" if loaded.extension.data is None else "tunesmith.data"
    yield RULE.at(blame(loaded.prompt, key), message)


@lru_cache(maxsize=64)
def _prompts(folder: Path, _changed: int) -> tuple[str, ...]:
    """Names of the prompts in a folder, read again only when the folder has changed."""
    return tuple(name for name in os.listdir(folder) if name.endswith(SUFFIX))
