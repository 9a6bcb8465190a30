"""Writes what is made from code: TypeScript messages, and the reference of rules and settings.

`make generate` writes the files; a test compares them with what this would write.
"""

import ast
import dataclasses
import inspect
import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import Option
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.catalog.tasks import TASKS
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.lint.guide import Guide, read_guide
from tunesmith.lint.rule import Rule
from tunesmith.lint.run import rules
from tunesmith.lint.schema import frontmatter_schema
from tunesmith.lint.validate import allowed
from tunesmith.wire import editor

ROOT = Path(__file__).parents[1]
OPTIONS = {option.name for option in (*TRAINING_OPTIONS, *EVALUATION_OPTIONS, *PREVIEW_OPTIONS)}
PROMPT_SETTINGS = """\
Keys of a prompt's frontmatter. [frontmatter.schema.json](frontmatter.schema.json) says the same to
programs, and has Dotprompt's own keys: whatever checks YAML by a JSON Schema can use it.

A variant, `NAME.VARIANT.prompt`, takes every key that it does not set from `NAME.prompt`."""
WORKSPACE_SETTINGS = """\
## In a workspace

A workspace begins at the nearest folder above a prompt that has a `tunesmith.toml`, a
`pyproject.toml` with `[tool.tunesmith]`, or a `.git`; where there is none, it is the prompt's own
folder. Which rules run is said in `tunesmith.toml`; without that file, in `pyproject.toml`, below
`[tool.tunesmith]`:

```toml
[lint]
preset = "strict"                  # or "recommended", which is the default
select = ["vague-wording"]         # rules besides the preset's
ignore = ["default-ignored"]       # rules that do not run
baseline = "tunesmith-baseline.json"  # findings that are known, and not shown again
```

`allow` and `deny` below `[lint]` in a `promptly.toml` count too: as `ignore`, and as findings that
are errors.

One finding is allowed by a comment above its line, with a reason:

```handlebars
---
# tunesmith: allow unknown-key our own loader reads it
team: search
---
{{!-- tunesmith: allow undefined-variable the caller gives it --}}
Hello {{name}}
```

## On a machine

Environment variables, which no workspace can set:

| variable | |
|---|---|
| `TUNESMITH_ENGINE_PYTHON` | The Python that has torch: runs jobs and previews. |
| `TUNESMITH_CACHE` | Where models and findings are kept; left out: `~/.cache/tunesmith`. |
"""


def outputs() -> dict[Path, str]:
    """Every generated file with its text."""
    return {
        ROOT / "editor-client/src/messages.ts": messages_ts(),
        ROOT / "docs/rules.md": rules_md(),
        ROOT / "docs/settings.md": settings_md(),
        ROOT / "docs/frontmatter.schema.json": frontmatter_json(),
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
    """A table of all rules, then one section for each."""
    found = sorted(rules().items())
    lines = [
        "# Rules",
        "",
        "Written by `make generate` from `server/tunesmith/lint/rules/`; "
        "`tunesmith explain RULE` shows the same.",
        "",
        "- *Runs on*: `text`: at every keystroke; `data`: once the rows have been read; "
        "`model`: with the tokenizer of the base model.",
        '- *Preset*: `recommended` rules always run, `strict` ones with `preset = "strict"`, the '
        "others only where they are selected by name.",
        "- *Fix*: `safe` ones cannot change what a correct prompt means, and are made by "
        "`tunesmith check --fix`; `unsafe` ones are offered one by one.",
        "",
        "| rule | severity | runs on | preset | fix | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_rule_row(name, rule, _guide(rule)) for name, rule in found]
    sections = (_rule_section(name, rule, _guide(rule)) for name, rule in found)
    return "\n".join(lines) + "\n" + "".join(sections)


def _guide(rule: Rule) -> Guide:
    guide = read_guide(rule)
    if guide is None:
        raise SystemExit("docs are made of docstrings: run without -OO")
    return guide


def _rule_row(name: str, rule: Rule, guide: Guide) -> str:
    cells = (
        f"[{name}](#{name})",
        _severity(rule),
        ", ".join(guide.runs_on),
        rule.preset or "none",
        _fixes(name),
        guide.what.replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


def _rule_section(name: str, rule: Rule, guide: Guide) -> str:
    preset = f"preset {rule.preset}" if rule.preset else "in no preset"
    facts = [_severity(rule), f"runs on {', '.join(guide.runs_on)}", preset]
    fixes = _fixes(name)
    facts += [f"{fixes} fix"] if fixes else []
    parts = [f"\n## {name}\n", f"*{'; '.join(facts)}*\n", f"{guide.what}\n"]
    parts += [f"{guide.why}\n"] if guide.why else []
    for title, example in (("Bad", guide.bad), ("Good", guide.good)):
        # An example may hold fences itself.
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", example)), default=0))
        parts.append(f"{title}:\n\n{fence}handlebars\n{example}\n{fence}\n")
    return "\n".join(parts)


def _severity(rule: Rule) -> str:
    if rule.strict_severity is None or rule.strict_severity == rule.severity:
        return rule.severity
    return f"{rule.severity} ({rule.strict_severity} in strict)"


def _fixes(name: str) -> str:
    """What kinds of fixes a rule's own file makes, as far as its code shows."""
    module = import_module(f"tunesmith.lint.rules.{name.replace('-', '_')}")
    kinds: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Name(id="rename")):
                kinds.add("unsafe")
            case ast.keyword(arg="safe", value=ast.Constant(value=bool(is_safe))):
                kinds.add("safe" if is_safe else "unsafe")
            case ast.keyword(arg="safe"):
                kinds |= {"safe", "unsafe"}
            case _:
                continue
    return " or ".join(sorted(kinds))


def settings_md() -> str:
    """What can be set: in a prompt, in a workspace, and on a machine."""
    lines = ["# Settings", "", "Written by `make generate` from `server/tunesmith/`.", ""]
    lines += ["## In a prompt", "", *PROMPT_SETTINGS.splitlines(), ""]
    lines += ["### tunesmith.task", ""]
    lines += [f"- `{task.name}`: {task.doc}" for task in TASKS.values()]
    lines += _table("tunesmith.data", "tunesmith.data", ())
    lines += _table("tunesmith.train", "tunesmith.train", TRAINING_OPTIONS)
    for method in methods().values():
        lines += _table(f"tunesmith.train, with `method: {method.name}`", "", method.options)
    lines += _table("tunesmith.eval", "tunesmith.eval", EVALUATION_OPTIONS)
    lines += _table("tunesmith.preview", "tunesmith.preview", PREVIEW_OPTIONS)
    return "\n".join([*lines, "", WORKSPACE_SETTINGS])


def _table(title: str, key: str, options: Iterable[Option]) -> Iterator[str]:
    """The keys of a section that are no options, and then the options."""
    yield from ("", f"### {title}", "", "| key | value | default | |", "|---|---|---|---|")
    properties = cast("dict[str, Any]", frontmatter_schema()["properties"])
    known = {*OPTIONS, *(option.name for item in methods().values() for option in item.options)}
    for name, schema in properties[key]["properties"].items() if key else ():
        if name not in known:
            yield f"| `{name}` | {allowed(schema)} | | {schema['description']} |"
    for option in options:
        default = "worked out" if option.default is None else f"`{option.default}`"
        yield f"| `{option.name}` | {option.allowed} | {default} | {option.doc} |"


def frontmatter_json() -> str:
    """The JSON Schema of a frontmatter."""
    return json.dumps(frontmatter_schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every generated file."""
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
