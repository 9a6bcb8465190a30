"""Run the rules over a prompt; findings come in the order of their places in it."""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import cast

from tunesmith.discover import discover
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule, Where
from tunesmith.lint.suppress import unsuppressed
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

Check = Callable[[LoadedPrompt, Facts], Iterator[Finding]]
_PACKAGE = "tunesmith.lint.rules"
logger = logging.getLogger(__name__)


@cache
def rules() -> dict[str, Rule]:
    """Every rule, by name."""
    return discover(_PACKAGE, "RULE", Rule)


def lint(loaded: LoadedPrompt, facts: Facts, where: Where) -> list[Finding]:
    """What the rules of one kind find in a prompt. Never raises, whatever the prompt is."""
    chosen = [rule for rule in rules().values() if rule.where == where]
    found = [finding for rule in chosen for finding in _run(rule, loaded, facts)]
    kept = unsuppressed(found, loaded.prompt)
    return sorted(kept, key=lambda finding: (finding.start, finding.end, finding.rule))


def _run(rule: Rule, loaded: LoadedPrompt, facts: Facts) -> list[Finding]:
    try:
        return list(_check_of(rule)(loaded, facts))
    # A fault in one rule must not cost a person what all the others have to say.
    except Exception as error:
        logger.exception("the rule %s failed on %s", rule.name, loaded.path)
        message = f"the rule {rule.name} could not judge this prompt ({type(error).__name__})"
        return [
            Finding(rule=rule.name, severity="information", message=message, start=0, end=0),
        ]


def _check_of(rule: Rule) -> Check:
    module = import_module(f"{_PACKAGE}.{rule.name.replace('-', '_')}")
    return cast("Check", module.check)
