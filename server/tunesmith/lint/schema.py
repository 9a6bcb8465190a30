"""The JSON Schema of a frontmatter: the keys of the specification, and ours out of the catalog.

Rules hold a prompt's own text against it, and editors that know YAML can use it as it is.
"""

from collections.abc import Iterable
from functools import cache
from typing import cast

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import Option
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.prompt.picoschema import JsonSchema

TASKS = ("classification", "generation", "summarization", "extraction", "chat", "regression")
OURS = (
    "tunesmith.task",
    "tunesmith.data",
    "tunesmith.train",
    "tunesmith.eval",
    "tunesmith.preview",
)
"""Our keys, all of them."""
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


@cache
def frontmatter_schema() -> JsonSchema:
    """What may stand in a frontmatter. Every key may be left empty."""
    properties = {**_specified(), **_ours()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Frontmatter of a .prompt file",
        "description": "Dotprompt's keys, and those of Tunesmith.",
        "type": ["object", "null"],
        "properties": {key: _or_null(schema) for key, schema in properties.items()},
        "patternProperties": {_OTHER_OURS: {"not": {}}},
    }


_OTHER_OURS = r"^tunesmith\.(?!(?:" + "|".join(key.split(".")[1] for key in OURS) + ")$)"


def _specified() -> dict[str, JsonSchema]:
    return {
        "name": _text("What the prompt is called; by default the name of its file."),
        "variant": _text("Which of several wordings this is; by default read off the file name."),
        "version": _text("Which version of the prompt this is."),
        "description": _text("What the prompt is for."),
        "model": _text("Where the prompt runs, such as googleai/gemini-2.5-flash."),
        "config": _config(),
        "input": _object(
            "The variables of the template.",
            schema={
                "type": ["string", "object"],
                "description": "Their types, as Picoschema or JSON Schema.",
            },
            default={"type": "object", "description": "Values for variables that are not given."},
        ),
        "output": _object(
            "What the model is to answer.",
            format=_text("json, text, or another format that the runtime knows."),
            schema={
                "type": ["string", "object"],
                "description": "Its type, as Picoschema or JSON Schema.",
            },
        ),
        "tools": {
            "type": "array",
            "description": "Names of the tools that the model may call.",
            "items": {"type": "string"},
        },
        "toolDefs": {"type": "array", "description": "Tools written out.", "items": _tool()},
        "metadata": {"type": "object", "description": "Notes for other tools."},
    }


def _config() -> JsonSchema:
    return _object(
        "Settings of the model, handed over as they are.",
        version=_text("Version of the model."),
        temperature={
            "type": "number",
            "minimum": 0,
            "description": "0 always takes the most probable token; higher is more varied.",
        },
        maxOutputTokens={
            "type": "integer",
            "minimum": 1,
            "description": "The answer is cut after so many tokens.",
        },
        topK={
            "type": "integer",
            "minimum": 1,
            "description": "Choose among so many of the most probable tokens.",
        },
        topP={
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Choose among the tokens that make up this share.",
        },
        stopSequences={
            "type": "array",
            "description": "Texts that end the answer.",
            "items": {"type": "string"},
        },
    )


def _tool() -> JsonSchema:
    return {
        **_object(
            "One tool.",
            name=_text("What the model calls it."),
            description=_text("What it does."),
            inputSchema={"type": ["string", "object"], "description": "Its arguments."},
            outputSchema={"type": ["string", "object"], "description": "Its answer."},
        ),
        "required": ["name", "inputSchema"],
    }


def _ours() -> dict[str, JsonSchema]:
    trained = {option for method in methods().values() for option in method.options}
    by_name = sorted(trained, key=lambda option: option.name)
    return {
        "tunesmith.task": _text("What the prompt does, and so how it is judged.", TASKS),
        "tunesmith.data": _data(),
        "tunesmith.train": train_schema(by_name),
        "tunesmith.eval": _closed("How it is evaluated.", **_options(EVALUATION_OPTIONS)),
        "tunesmith.preview": _closed(
            "How answers are previewed in the editor.",
            model=_text("The model that answers; by default the one to tune."),
            **_options(PREVIEW_OPTIONS),
        ),
    }


def train_schema(options: Iterable[Option]) -> JsonSchema:
    """Of `tunesmith.train`, where the method has these options."""
    return _closed(
        "How the prompt is tuned.",
        base=_text("The model to tune, such as hf/OWNER/NAME or local/PATH."),
        method=_text("The way to tune it.", tuple(methods())),
        chat_template_kwargs={
            "type": "object",
            "description": "Names that the model's chat template reads, such as enable_thinking.",
            "additionalProperties": {"type": ["boolean", "number", "string"]},
        },
        variants={
            "type": ["string", "array"],
            "description": (
                "Wordings to train on besides this one: all, or a list with the NAME of each "
                "name.NAME.prompt beside it; evaluation is by this one alone."
            ),
            "items": {"type": "string"},
        },
        **_options((*TRAINING_OPTIONS, *options)),
    )


def _data() -> JsonSchema:
    path = "relative to the prompt file."
    return _closed(
        "The rows to learn from and to judge by.",
        train=_text(f"File of rows: CSV, TSV, JSONL or JSON, with .gz too, or Parquet, {path}"),
        validation=_text(f"File of rows that choices are made on, {path}"),
        test=_text(f"File of rows that are scored once, at the end, {path}"),
        target=_text("Column that the model is to answer with."),
        columns={
            "type": "object",
            "description": "Variable of the template to column, where the names differ.",
            "additionalProperties": {"type": "string"},
        },
        labels={
            "type": "array",
            "description": "The labels that a target may be; by default read off the data.",
            "items": {"type": ["string", "number", "boolean"]},
        },
    )


def _options(options: Iterable[Option]) -> dict[str, JsonSchema]:
    return {option.name: _option(option) for option in options}


def _option(option: Option) -> JsonSchema:
    bounds: JsonSchema = {"minimum": option.low, "maximum": option.high}
    found: JsonSchema = {"type": _TYPES[option.type], "description": option.doc}
    found |= {key: bound for key, bound in bounds.items() if bound is not None}
    if option.choices:
        found["enum"] = list(option.choices)
    return found if option.default is None else {**found, "default": option.default}


def _object(description: str, /, **properties: JsonSchema) -> JsonSchema:
    return {"type": "object", "description": description, "properties": properties}


def _closed(description: str, /, **properties: JsonSchema) -> JsonSchema:
    return {**_object(description, **properties), "additionalProperties": False}


def _text(description: str, choices: tuple[str, ...] = ()) -> JsonSchema:
    enum: JsonSchema = {"enum": list(choices)} if choices else {}
    return {"type": "string", "description": description, **enum}


def _or_null(schema: JsonSchema) -> JsonSchema:
    kind, choices = schema["type"], schema.get("enum")
    kinds = cast("list[str]", kind if isinstance(kind, list) else [kind])
    enum: JsonSchema = {"enum": [*choices, None]} if isinstance(choices, list) else {}
    return {**schema, "type": [*kinds, "null"], **enum}
