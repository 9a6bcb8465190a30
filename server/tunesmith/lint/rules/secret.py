"""A key or token that opens somebody's account, in the prompt or in the data.

Whoever gets the file can use it, and a model trained on it can say it. Found by the shapes that
providers give their keys, never by randomness, which takes ordinary words for passwords; in the
frontmatter also a password inside an address. Only its first characters are ever shown.

Bad:
    Fetch the file with the key AKIAQ3EGRZ7T5MXV2JWN.
Good:
    Fetch the file with the key AKIA...
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.quick import somewhere
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.lint.secrets import has_secret, passwords_in_urls, secrets
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("secret", severity="error")
_may_hold = somewhere(has_secret)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each, anywhere in the file."""
    prompt = loaded.prompt
    advice = "whoever reads this file can use it; take it out and have it withdrawn"
    for found in secrets(prompt.text) if _may_hold(prompt) else ():
        yield RULE.at(found.span, f"{found}: {advice}")
    if prompt.frontmatter:
        yaml = prompt.frontmatter.yaml
        for found in passwords_in_urls(prompt.text, yaml.start, yaml.end):
            yield RULE.at(found.span, f"{found.what}: {advice}")


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at every value."""
    return RowSearch(has_secret, _find)


def _find(_column: str, value: str) -> Hit | None:
    found = next(secrets(value), None)
    if found is None:
        return None
    advice = "a model trained on it can say it; take it out and have it withdrawn"
    return Hit(message=f"{found}: {advice}")
