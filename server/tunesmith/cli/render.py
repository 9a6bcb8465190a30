"""`tunesmith render`: the messages that a row makes of a prompt."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tunesmith.cli.arguments import AsJson, Inputs, PromptFile, RowNumber

if TYPE_CHECKING:
    from tunesmith.prompt.model import Prompt
    from tunesmith.prompt.output import Message, Part
    from tunesmith.prompt.text import LineIndex, Span


def render(
    file: PromptFile, row: RowNumber = None, inputs: Inputs = None, as_json: AsJson = False
) -> None:
    """Show the messages that a row makes of a prompt.

    With --json each message comes with its segments: what is a value, what is written in the
    template, and where; `metadata` is what Dotprompt's runtimes make of the frontmatter.
    """
    from tunesmith.cli.prompts import chosen_values, make_example, open_prompt
    from tunesmith.prompt.text import LineIndex

    opened = open_prompt(file)
    example = make_example(opened, chosen_values(opened, row, inputs or []))
    if as_json:
        lines = LineIndex(opened.loaded.prompt.text)
        messages = [_message(message, lines) for message in example.messages]
        metadata = _metadata(opened.loaded.prompt)
        plain = {"messages": messages, "target": example.target_text, "metadata": metadata}
        print(json.dumps(plain, ensure_ascii=False))
        return
    for message in example.messages:
        print(f"[{message.role}]\n{_shown(message.parts)}\n")
    if example.target_text is not None:
        print(f"[target]\n{example.target_text}")


def _metadata(prompt: "Prompt") -> dict[str, object]:
    from tunesmith.prompt.metadata import read_metadata

    if prompt.frontmatter is None:
        return {}
    found = read_metadata(prompt.frontmatter.root)
    return {**found.fields, "ext": found.ext}


def _message(message: "Message", lines: "LineIndex") -> dict[str, object]:
    segments = [_segment(part, lines) for part in message.parts]
    plain: dict[str, object] = {"role": message.role, "text": message.text, "segments": segments}
    return plain | ({"metadata": dict(message.metadata)} if message.metadata else {})


def _segment(part: "Part", lines: "LineIndex") -> dict[str, object]:
    from tunesmith.prompt.output import Media, Section

    place = {"range": _range(part.span, lines)}
    match part:
        case Media():
            return {"media": {"url": part.url, "contentType": part.content_type}, **place}
        case Section():
            return {"section": part.purpose, **place}
        case _:
            is_value = {"isValue": part.is_value, "variable": part.variable}
            return {"text": part.text, **is_value, **place}


def _range(span: "Span", lines: "LineIndex") -> dict[str, dict[str, int]]:
    """As in the language server protocol: lines from 0, columns in UTF-16 units."""
    (line, column), (last, end) = lines.position(span.start), lines.position(span.end)
    return {
        "start": {"line": line, "character": column},
        "end": {"line": last, "character": end},
    }


def _shown(parts: "Iterable[Part]") -> str:
    from tunesmith.prompt.output import Media, Section

    shown: list[str] = []
    for part in parts:
        match part:
            case Media():
                shown.append(f"[media {part.url}]")
            case Section():
                shown.append(f"[section {part.purpose}]")
            case _:
                shown.append(part.text)
    return "".join(shown)
