"""The official cases of the Dotprompt specification, one test a case.

They are read from the folder in DOTPROMPT_SPEC_DIR, by default `../shared/dotprompt-spec` beside
the checkout, and are part of neither.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunesmith.prompt.output import Media, Message, Part, Section, Segment
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import render
from tunesmith.prompt.text import Span

CHECKOUT = Path(__file__).parents[2]
SPEC_DIR = Path(os.environ.get("DOTPROMPT_SPEC_DIR", CHECKOUT.parent / "shared" / "dotprompt-spec"))
NOWHERE = Span(0, 0)


@dataclass(frozen=True)
class Case:
    """One rendering that the specification asks for."""

    template: str
    partials: dict[str, str]
    data: dict[str, Any]
    default: dict[str, Any]
    messages: list[dict[str, Any]]


def cases() -> Iterator[Any]:
    """Every case of every file as a pytest parameter, named after its place."""
    for path in sorted(SPEC_DIR.rglob("*.yaml")):
        for suite in yaml.safe_load(path.read_text(encoding="utf-8")):
            for number, test in enumerate(suite["tests"]):
                if "messages" in test["expect"]:
                    name = f"{path.stem}-{suite['name']}-{number}"
                    yield pytest.param(read_case(suite, test), id=name)


def read_case(suite: dict[str, Any], test: dict[str, Any]) -> Case:
    """A test of a suite; its data stands over that of the suite."""
    options = test.get("options", {})
    return Case(
        template=suite["template"],
        partials={**suite.get("partials", {}), **suite.get("resolverPartials", {})},
        data={**suite.get("data", {}), **test.get("data", {})},
        default=options.get("input", {}).get("default", {}),
        messages=test["expect"]["messages"],
    )


def to_part(content: dict[str, Any]) -> Part:
    """A part of a message as the specification writes it."""
    return Segment(text=content["text"], is_value=False, span=NOWHERE)


def to_message(plain: dict[str, Any]) -> Message:
    """A message as the specification writes it."""
    parts = tuple(to_part(content) for content in plain["content"])
    return Message(role=plain["role"], parts=parts, metadata=plain.get("metadata", {}))


def from_parts(message: Message) -> Iterator[dict[str, Any]]:
    """The parts of a message as the specification writes them, texts in one piece."""
    text = ""
    for part in message.parts:
        if isinstance(part, Segment):
            text += part.text
            continue
        if text:
            yield {"text": text}
            text = ""
        yield from_other(part)
    if text:
        yield {"text": text}


def from_other(part: Media | Section) -> dict[str, Any]:
    """A part that is no text."""
    if isinstance(part, Section):
        return {"metadata": {"purpose": part.purpose, "pending": True}}
    kind = {"contentType": part.content_type} if part.content_type else {}
    return {"media": {"url": part.url, **kind}}


def from_message(message: Message) -> dict[str, Any]:
    """A message as the specification writes it."""
    metadata = {"metadata": dict(message.metadata)} if message.metadata else {}
    return {"role": message.role, "content": list(from_parts(message)), **metadata}


@pytest.fixture(scope="module", autouse=True)
def _spec_is_there() -> None:
    if not SPEC_DIR.is_dir():
        pytest.skip(f"no specification at {SPEC_DIR}: set DOTPROMPT_SPEC_DIR")


def test_the_specification_has_cases() -> None:
    assert len(list(cases())) >= 30


@pytest.mark.parametrize("case", list(cases()))
def test_messages(case: Case) -> None:
    prompt = parse(case.template)
    history = [to_message(message) for message in case.data.get("messages", [])]

    rendered = render(
        prompt,
        {**case.default, **case.data.get("input", {})},
        partials=case.partials,
        history=history,
        context=case.data.get("context", {}),
    )

    messages = list(rendered.messages)
    if rendered.target is not None:
        messages.append(Message(role="model", parts=rendered.target))
    assert [from_message(message) for message in messages] == case.messages
