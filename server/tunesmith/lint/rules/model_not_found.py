"""A model of this machine that is not there.

`builtin/`, `hf/`, `local/` and `run/` name models on this machine: one that is to be tuned or
previewed has to be brought here first. Models that run elsewhere are not looked for.

Bad:
    ---
    tunesmith.preview: {model: local/absent}
    ---
    Hello
Good:
    ---
    model: googleai/gemini-2.5-flash
    ---
    Hello
"""

import os
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.models.registry import resolve
from tunesmith.prompt.extension import LOCAL_PREFIXES
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("model-not-found", severity="information")
_PLACES = (("model",), ("tunesmith.train", "base"), ("tunesmith.preview", "model"))


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each name, where it stands first."""
    frontmatter = loaded.prompt.frontmatter
    seen: set[str] = set()
    for keys in _PLACES if frontmatter else ():
        node = frontmatter.get(*keys) if frontmatter else None
        name = node.value if node else None
        if node is None or not isinstance(name, str) or name in seen:
            continue
        seen.add(name)
        if name.startswith(LOCAL_PREFIXES):
            problem = resolve(name, workspace=facts.workspace).problem
            if problem:
                shown = problem.replace(f"{facts.workspace}{os.sep}", "")
                yield RULE.at(node.span, shown if name in shown else f"{name}: {shown}")
