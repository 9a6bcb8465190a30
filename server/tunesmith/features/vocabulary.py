"""The words of a `.prompt` file, each with a line for people."""

from collections.abc import Iterable

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import Option
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.catalog.tasks import TASKS
from tunesmith.catalog.training import TRAINING_OPTIONS

_KEYS = {
    "name": "Name of the prompt; by default that of its file.",
    "variant": "Name of the variant; by default the middle part of the file's name.",
    "description": "What the prompt is for.",
    "model": "The model that answers in production. Where it is a local one, it is tuned too.",
    "config": "Generation settings that are passed on to the model.",
    "tools": "Names of tools that the model may call.",
    "toolDefs": "Tools that are defined right here.",
    "input": "Variables that the template needs.",
    "input.schema": "Variable to type, as Picoschema or JSON Schema.",
    "input.default": "Values for variables that the caller leaves out.",
    "output": "What the answer looks like.",
    "output.format": "`text` or `json`.",
    "output.schema": "The answer's fields, as Picoschema or JSON Schema.",
    "metadata": "For your own notes; no tool reads it.",
    "tunesmith.data": "The data set to learn from and to be judged on.",
    "tunesmith.data.train": "CSV, TSV or JSONL file, relative to this prompt. Without files of "
    "their own, validation and test are cut from it.",
    "tunesmith.data.validation": "File to make choices on, in place of a part of `train`.",
    "tunesmith.data.test": "File that is scored once, at the end, in place of a part of `train`.",
    "tunesmith.data.target": "The column with the answer to learn.",
    "tunesmith.data.columns": "Template variable to column, where the names differ.",
    "tunesmith.data.labels": "The possible answers; by default those that the data has.",
    "tunesmith.train": "How to fine-tune.",
    "tunesmith.train.base": "The model to tune: `builtin/..`, `hf/..` or `local/..`.",
    "tunesmith.eval": "How to evaluate.",
    "tunesmith.preview": "How to preview.",
    "tunesmith.preview.model": "The model to preview with; by default the one to tune.",
}

HELPERS = {
    "role": '`{{role "system"}}` begins a turn of `user`, `model`, `system` or `tool`.',
    "history": "`{{history}}` is where earlier turns of a conversation are put in.",
    "media": "`{{media url=photo}}` puts in an image or another medium.",
    "section": '`{{section "output"}}` is a place that the caller fills.',
    "json": "`{{json value}}` writes a value as JSON.",
    "if": "`{{#if value}} .. {{/if}}` keeps its body where the value is neither empty nor false.",
    "unless": "`{{#unless value}} .. {{/unless}}` keeps its body where the value is empty.",
    "each": "`{{#each list}} .. {{/each}}` repeats its body; the item is `this`.",
    "with": "`{{#with value}} .. {{/with}}` looks names up inside the value.",
    "ifEquals": "`{{#ifEquals a b}} .. {{/ifEquals}}` keeps its body where the two are equal.",
    "unlessEquals": "`{{#unlessEquals a b}} .. {{/unlessEquals}}` keeps it where they differ.",
    "log": "`{{log value}}` writes to the log of whatever renders the prompt, not into it.",
    "lookup": "`{{lookup list key}}` is the entry of a list or an object under a computed key.",
}

ROLES = {
    "user": "What the person says. Text before the first role is the user's too.",
    "model": "What the model says. The final model turn is the target of training.",
    "system": "What stands above the conversation: task, manner, limits.",
    "tool": "What a tool answered.",
}


def key_doc(path: tuple[str, ...]) -> str | None:
    """What a frontmatter key is for, with bounds and default where it is an option."""
    name = ".".join(path)
    if name == "tunesmith.task":
        tasks = "\n".join(f"- `{task.name}`: {task.doc}" for task in TASKS.values())
        return f"What the prompt is for:\n{tasks}"
    if name == "tunesmith.train.method":
        known = "\n".join(f"- `{method.name}`: {method.doc}" for method in methods().values())
        return f"How to fine-tune:\n{known}"
    if len(path) == 2:
        for option in _options(path[0]):
            if option.name == path[1]:
                return _option_doc(option)
    return _KEYS.get(name)


def _options(key: str) -> Iterable[Option]:
    match key:
        case "tunesmith.train":
            of_methods = [option for method in methods().values() for option in method.options]
            return [*TRAINING_OPTIONS, *of_methods]
        case "tunesmith.eval":
            return EVALUATION_OPTIONS
        case "tunesmith.preview":
            return PREVIEW_OPTIONS
        case _:
            return ()


def _option_doc(option: Option) -> str:
    default = "worked out" if option.default is None else f"`{option.default}`"
    return f"{option.doc}\n\n{option.allowed.capitalize()}; default: {default}."
