"""The `tunesmith.*` keys of a prompt, typed; what a variant leaves out comes from its parent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from tunesmith.prompt.model import Prompt, Yaml

OptionValue = bool | int | float | str
BUILTIN_MODEL = "builtin/smollm2-135m-instruct"
_PREFIX = "tunesmith."
T = TypeVar("T")
LOCAL_PREFIXES = ("builtin/", "hf/", "local/", "run/")


@dataclass(frozen=True, kw_only=True)
class DataKeys:
    """`tunesmith.data`: paths as they are written, relative to the prompt file."""

    train: str | None = None
    validation: str | None = None
    test: str | None = None
    target: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """Template variable to column, where the names differ."""
    labels: tuple[str, ...] | None = None
    """None where they are to be read off the data."""

    def values(self, row: Mapping[str, T]) -> dict[str, T]:
        """A row under the names that the template uses."""
        renamed = {name: row[column] for name, column in self.columns.items() if column in row}
        return {**row, **renamed}

    def without_target(self, values: Mapping[str, object]) -> dict[str, object]:
        """What a model may see of a row: no variable that holds the answer."""
        hidden = {name for name, column in self.columns.items() if column == self.target}
        return {name: value for name, value in values.items() if name not in {*hidden, self.target}}


@dataclass(frozen=True, kw_only=True)
class Extension:
    """All `tunesmith.*` settings of one prompt."""

    task: str
    data: DataKeys | None
    train: Mapping[str, OptionValue]
    chat_template_kwargs: Mapping[str, OptionValue]
    """`chat_template_kwargs` of `tunesmith.train`: names that the model's chat template reads."""
    variants: tuple[str, ...] | None = ()
    """`variants` of `tunesmith.train`: those to train on as well, by name; None: all there are."""
    eval: Mapping[str, object]
    preview: Mapping[str, OptionValue]
    base: str
    """The model to tune."""
    preview_model: str
    has_training: bool
    """The prompt has `tunesmith.data` or `tunesmith.train`."""


def read_extension(prompt: Prompt, parent: Prompt | None = None) -> Extension:
    """The settings of `prompt`; keys that it does not set come from `parent`.

    A setting of the wrong type is left out, as if it were not there.
    """
    own = prompt.frontmatter.root if prompt.frontmatter else None
    others = parent.frontmatter.root if parent and parent.frontmatter else None
    settings = {**_settings(others), **_settings(own)}
    train, preview = _options(settings.get("train")), _options(settings.get("preview"))
    train.pop("variants", None)
    kwargs = (_mapping(settings.get("train")) or {}).get("chat_template_kwargs")
    model = _text(_own_or_inherited("model", own, others)) or ""
    default_model = model if model.startswith(LOCAL_PREFIXES) else BUILTIN_MODEL
    base = _text(train.get("base")) or default_model
    data = _mapping(settings.get("data"))
    evaluation = _mapping(settings.get("eval")) or {}
    return Extension(
        task=_text(settings.get("task")) or ("classification" if data else "generation"),
        data=None if data is None else _data_keys(data),
        train=train,
        chat_template_kwargs=_options(kwargs),
        # A variant does not inherit them: it is one of them.
        variants=_variants((_mapping(_settings(own).get("train")) or {}).get("variants")),
        eval=evaluation,
        preview=preview,
        base=base,
        preview_model=_text(preview.get("model")) or base,
        has_training="data" in settings or "train" in settings,
    )


def _settings(root: Yaml | None) -> dict[str, object]:
    """Our top-level keys without their prefix."""
    entries = root.entries if root else ()
    found = {entry.key: entry.value.value for entry in entries if entry.key.startswith(_PREFIX)}
    return {key.removeprefix(_PREFIX): value for key, value in found.items()}


def _own_or_inherited(key: str, *roots: Yaml | None) -> object:
    entries = (root.entry(key) for root in roots if root)
    return next((entry.value.value for entry in entries if entry), None)


def _data_keys(data: Mapping[str, object]) -> DataKeys:
    columns = _mapping(data.get("columns")) or {}
    labels = data.get("labels")
    return DataKeys(
        train=_text(data.get("train")),
        validation=_text(data.get("validation")),
        test=_text(data.get("test")),
        target=_text(data.get("target")),
        columns={name: column for name, column in columns.items() if isinstance(column, str)},
        labels=_labels(cast("list[object]", labels)) if isinstance(labels, list) else None,
    )


def _variants(value: object) -> tuple[str, ...] | None:
    if value == "all":
        return None
    names = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(dict.fromkeys(_as_text(name) for name in names))


def _labels(labels: list[object]) -> tuple[str, ...]:
    # The data holds text only, so that a label written as a number means its text.
    return tuple(_as_text(label) for label in labels)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _options(value: object) -> dict[str, OptionValue]:
    pairs = (_mapping(value) or {}).items()
    return {key: item for key, item in pairs if isinstance(item, (bool, int, float, str))}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
