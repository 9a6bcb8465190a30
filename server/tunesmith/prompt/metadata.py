"""What a frontmatter means to the runtimes of the specification.

After google/dotprompt, js/src/parse.ts and js/src/dotprompt.ts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tunesmith.prompt.model import Yaml
from tunesmith.prompt.picoschema import Resolve, to_json_schema

KEYS = (
    *("name", "variant", "version", "description", "model"),
    *("config", "input", "output", "tools", "toolDefs"),
)
"""Top-level keys that the runtimes read."""
COMPUTED = ("ext", "raw")
"""Names that the runtimes fill in themselves, over whatever stands in the file."""
IGNORED = ("metadata", "maxTurns", "toolChoice", "returnToolRequests", "use")
"""Read by some runtimes only: Genkit takes these from the raw frontmatter."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """A frontmatter as a program that loads the prompt is given it."""

    fields: Mapping[str, object]
    """Those of `KEYS` that are set; schemas as JSON Schema, known tools moved to `toolDefs`."""
    ext: Mapping[str, Mapping[str, object]]
    """Dotted keys, gathered by what stands before their last dot."""
    raw: Mapping[str, object]
    """All keys as they are written."""

    @property
    def config(self) -> Mapping[str, object]:
        """What is handed to the model."""
        found = self.fields.get("config")
        return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def read_metadata(
    root: Yaml, *, resolve: Resolve | None = None, tools: Mapping[str, object] | None = None
) -> Metadata:
    """The metadata in the mapping of a frontmatter. Never raises.

    `resolve` finds schemas by name, `tools` holds the definitions of tools by name; what neither
    knows stays a name.
    """
    raw = {entry.key: entry.value.value for entry in root.entries}
    fields = {key: value for key, value in raw.items() if key in KEYS}
    for key in ("input", "output"):
        schema = _schema(root, key, resolve)
        if schema is not None:
            fields[key] = {**cast("dict[str, object]", raw[key]), "schema": schema}
    if isinstance(fields.get("tools"), list):
        fields |= _tools(fields, tools or {})
    return Metadata(fields=fields, ext=_ext(raw), raw=raw)


def split_dotted(key: str) -> tuple[str, str]:
    """The namespace of an extension's key, and the name in it.

    >>> split_dotted("acme.tracing.level")
    ('acme.tracing', 'level')
    """
    namespace, _, name = key.rpartition(".")
    return namespace, name


def _schema(root: Yaml, key: str, resolve: Resolve | None) -> object:
    section = root.entry(key)
    schema = section.value.entry("schema") if section else None
    return to_json_schema(schema.value, resolve).json if schema else None


def _tools(fields: Mapping[str, object], known: Mapping[str, object]) -> dict[str, object]:
    named = cast("list[object]", fields["tools"])
    defined = fields.get("toolDefs")
    definitions = list(cast("list[object]", defined)) if isinstance(defined, list) else []
    found = [name for name in named if isinstance(name, str) and name in known]
    definitions += [known[name] for name in found]
    return {"tools": [name for name in named if name not in found], "toolDefs": definitions}


def _ext(raw: Mapping[str, object]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for key, value in raw.items():
        if "." in key and key not in KEYS:
            namespace, name = split_dotted(key)
            found.setdefault(namespace, {})[name] = value
    return found
