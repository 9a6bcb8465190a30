"""Turns in an order that chat templates refuse, or that a person hardly means.

A second system turn, a system turn that comes after another one, and a history that is put in
twice: many chat templates raise for the first two, and others move or drop the turn (the templates
of Gemma and Mistral, for instance). Turns inside of blocks are not judged, since one may stand for
another.

Bad:
    {{role "user"}}Is it good?{{role "system"}}Be brief.
Good:
    {{role "system"}}Be brief.{{role "user"}}Is it good?
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.turns import turns
from tunesmith.prompt.files import LoadedPrompt, is_partial
from tunesmith.prompt.nodes import Mustache
from tunesmith.wire.finding import Finding

RULE = Rule("role-order", severity="warning")
_TWICE = "the prompt has a system turn already: put this text there, since most models read one"
_LATE = "this system turn comes after another turn, which many chat templates refuse: put it first"
_HISTORY = "the history stands in the prompt already: every earlier turn would be sent twice"


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each turn that is out of order, and for each further history."""
    # Which turns come before and after a partial, or out of one, is not to be seen here.
    texts = loaded.partials.values()
    if is_partial(loaded.path) or any("role" in text for text in texts):
        return
    before: list[str] = []
    for turn in turns(loaded.prompt):
        if turn.role == "system" and before and turn.tag:
            yield RULE.at(turn.tag, _TWICE if "system" in before else _LATE)
        before.append(turn.role)
    if "history" not in loaded.prompt.text:
        return
    marks = [node for node in loaded.prompt.template if isinstance(node, Mustache)]
    for mark in [node for node in marks if node.call.name == "history"][1:]:
        yield RULE.at(mark.span, _HISTORY)
