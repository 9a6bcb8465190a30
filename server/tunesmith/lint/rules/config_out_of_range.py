"""A setting in `config` that no model can follow.

`config` is handed to the model as it is. Most answer with an error, some with nonsense.

Bad:
    ---
    config: {temperature: -1, topP: 40}
    ---
    Hello
Good:
    ---
    config: {temperature: 0, topP: 0.4}
    ---
    Hello
"""

from collections.abc import Iterator
from typing import cast

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.schema import frontmatter_schema
from tunesmith.lint.validate import misfits
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.picoschema import JsonSchema
from tunesmith.wire.finding import Finding

RULE = Rule("config-out-of-range", severity="warning")
_HOTTEST = 2


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such number."""
    frontmatter = loaded.prompt.frontmatter
    config = frontmatter.get("config") if frontmatter else None
    if config is None:
        return
    properties = cast("dict[str, JsonSchema]", frontmatter_schema()["properties"])
    for misfit in misfits(config, properties["config"], "config"):
        if misfit.kind == "range":
            yield RULE.at(misfit.span, misfit.message)
    temperature = config.entry("temperature")
    value = temperature.value.value if temperature else None
    if temperature and isinstance(value, (int, float)) and value > _HOTTEST:
        message = f"most models take a temperature of at most {_HOTTEST}"
        yield RULE.at(temperature.value.span, message, severity="information")
