"""Writes what is made from code: TypeScript messages, and the reference of rules and settings.

`make generate` writes the files; a test compares them with what this would write.
"""

import ast
import dataclasses
import inspect
import json
import types
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import Option
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.catalog.tasks import TASKS
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.lint.run import rules
from tunesmith.wire import editor

ROOT = Path(__file__).parents[1]


def outputs() -> dict[Path, str]:
    """Every generated file with its text."""
    return {
        ROOT / "editor-client/src/messages.ts": messages_ts(),
        ROOT / "docs/rules.md": rules_md(),
        ROOT / "docs/settings.md": settings_md(),
    }


def messages_ts() -> str:
    """The constants and dataclasses of `wire/editor.py` as TypeScript."""
    source = inspect.getsource(editor)
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    constants = [
        f"export const {name} = {json.dumps(value)};"
        for name, value in vars(editor).items()
        if name.isupper()
    ]
    head = "// Written by `make generate` from server/tunesmith/wire/editor.py.\n\n"
    interfaces = (_interface(getattr(editor, name), _field_docs(source, name)) for name in names)
    return head + "\n".join(constants) + "\n\n" + "\n".join(interfaces)


def _interface(kind: type, docs: Mapping[str, str]) -> str:
    hints = get_type_hints(kind)
    lines = [f"/** {inspect.getdoc(kind)} */", f"export interface {kind.__name__} {{"]
    for field in dataclasses.fields(kind):
        if field.name in docs:
            lines.append(f"  /** {docs[field.name]} */")
        mark = "" if field.default is dataclasses.MISSING else "?"
        lines.append(f"  {field.name}{mark}: {_ts(hints[field.name])};")
    return "\n".join([*lines, "}", ""])


def _field_docs(source: str, name: str) -> dict[str, str]:
    """The string below each field, which Python itself does not keep."""
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for field, doc in zip(node.body, node.body[1:], strict=False):
                match field, doc:
                    case ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str(text))):
                        found[ast.unparse(field.target)] = " ".join(text.split())
                    case _:
                        continue
    return found


def _ts(hint: Any) -> str:
    simple = {str: "string", int: "number", float: "number", bool: "boolean", object: "unknown"}
    if hint in simple:
        return simple[hint]
    if hint is type(None):
        return "null"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(json.dumps(value) for value in arguments)
    if origin is tuple:
        return f"{_ts(arguments[0])}[]"
    if origin is dict:
        return f"Record<string, {_ts(arguments[1])}>"
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(_ts(item) for item in arguments))
    return hint.__name__


def rules_md() -> str:
    """One section a rule: what, why, bad, good."""
    head = "# Rules\n\nWritten by `make generate` from `server/tunesmith/lint/rules/`.\n"
    return head + "".join(_rule_sections())


def _rule_sections() -> Iterator[str]:
    for name, rule in sorted(rules().items()):
        yield f"\n## {name}\n\n*{rule.severity}*\n\n"
        module = import_module(f"tunesmith.lint.rules.{name.replace('-', '_')}")
        doc = inspect.cleandoc(module.__doc__ or "")
        text, _, example = doc.partition("\nBad:\n")
        yield f"{text.strip()}\n"
        bad, _, good = example.partition("\nGood:\n")
        for title, block in (("Bad", bad), ("Good", good)):
            if block.strip():
                yield f"\n{title}:\n\n```handlebars\n{inspect.cleandoc(block).rstrip()}\n```\n"


def settings_md() -> str:
    """One table for each dotted key of the frontmatter."""
    lines = ["# Settings", "", "Written by `make generate` from `server/tunesmith/catalog/`.", ""]
    lines += ["## tunesmith.task", ""]
    lines += [f"- `{task.name}`: {task.doc}" for task in TASKS.values()]
    lines += _option_table("tunesmith.train", TRAINING_OPTIONS)
    for method in methods().values():
        lines += _option_table(f"tunesmith.train, with `method: {method.name}`", method.options)
    lines += _option_table("tunesmith.eval", EVALUATION_OPTIONS)
    lines += _option_table("tunesmith.preview", PREVIEW_OPTIONS)
    return "\n".join(lines) + "\n"


def _option_table(title: str, options: Iterable[Option]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| key | value | default | |", "|---|---|---|---|")
    for option in options:
        default = "worked out" if option.default is None else f"`{option.default}`"
        yield f"| `{option.name}` | {option.allowed} | {default} | {option.doc} |"


def main() -> None:
    """Write every generated file."""
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
