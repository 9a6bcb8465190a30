"""A value of the frontmatter that is not what its key takes.

A runtime refuses it, or does something else with it than was meant. Our own keys are held against
the options that a run takes, so that a misspelt option is seen here and not when the run begins.

Bad:
    ---
    tools: search
    config: {temperature: hot}
    tunesmith.preview: {max_token: 8}
    ---
    Hello
Good:
    ---
    tools: [search]
    config: {temperature: 0.5}
    tunesmith.preview: {max_new_tokens: 8}
    ---
    Hello
"""

from collections.abc import Iterator
from functools import cache
from typing import cast

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.lint.facts import Facts
from tunesmith.lint.near import did_you_mean, nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.lint.schema import frontmatter_schema, train_schema
from tunesmith.lint.validate import Misfit, misfits
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.picoschema import JsonSchema
from tunesmith.wire.finding import Finding

RULE = Rule("wrong-type", severity="error")
_DEFAULT_METHOD = "lora"


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such value, and for each unknown key below ours."""
    frontmatter = loaded.prompt.frontmatter
    for entry in frontmatter.root.entries if frontmatter else ():
        schema = _schema_of(entry.key, loaded.extension.train.get("method", _DEFAULT_METHOD))
        found = misfits(entry.value, schema, entry.key, at=entry.key_span) if schema else ()
        for misfit in found:
            # What a model takes in its configuration is the model's business.
            if entry.key != "config" or misfit.kind != "range":
                yield _finding(loaded.prompt.text, misfit)


def _finding(text: str, misfit: Misfit) -> Finding:
    message, word, known = misfit.message, misfit.word, misfit.known
    if misfit.kind == "unknown":
        message += did_you_mean(word, known)
    elif word and (near := nearest(word, known)):
        message += f'; did you mean "{near}"?'
    fix = rename(text, misfit.span, word, known) if word else None
    return RULE.at(misfit.span, message, fix=fix)


def _schema_of(key: str, method: object) -> JsonSchema | None:
    if key == "tunesmith.train":
        return _train(method if isinstance(method, str) and method in methods() else None)
    properties = cast("dict[str, JsonSchema]", frontmatter_schema()["properties"])
    return properties.get(key)


@cache
def _train(method: str | None) -> JsonSchema:
    """What `tunesmith.train` takes with a method; of an unknown one, the options of all."""
    known = methods()
    chosen = [known[method]] if method else known.values()
    # Options of the evaluation may stand here as well.
    return train_schema(
        (*EVALUATION_OPTIONS, *(option for item in chosen for option in item.options))
    )
