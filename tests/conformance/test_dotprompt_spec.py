"""The official cases of the Dotprompt specification, one test a case.

They are read from the folder in DOTPROMPT_SPEC_DIR, by default `../shared/dotprompt-spec` beside
the checkout, and are part of neither. A case names messages and metadata; all that it names is
compared, and so are `config`, `ext` and `metadata` where it names none: they are then empty.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunesmith.prompt.metadata import Metadata, read_metadata
from tunesmith.prompt.model import Yaml
from tunesmith.prompt.output import Media, Message, Part, Section, Segment
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import render
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml

CHECKOUT = Path(__file__).parents[2]
SPEC_DIR = Path(os.environ.get("DOTPROMPT_SPEC_DIR", CHECKOUT.parent / "shared" / "dotprompt-spec"))
NOWHERE = Span(0, 0)
NO_FRONTMATTER = Yaml(span=NOWHERE, kind="mapping", value={})


def suites() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every suite of every file, with a name for each."""
    for path in sorted(SPEC_DIR.rglob("*.yaml")):
        for suite in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(SPEC_DIR).with_suffix('')}-{suite['name']}", suite


def cases() -> Iterator[Any]:
    """Every case as a pytest parameter, named after its place."""
    for name, suite in suites():
        for number, case in enumerate(suite["tests"]):
            yield pytest.param(suite, case, id=f"{name}-{number}")


CASES = list(cases())
EVERY_CASE = pytest.mark.parametrize(("suite", "case"), CASES)


def to_part(content: dict[str, Any]) -> Part:
    """A part of a message of the history."""
    if "media" in content:
        media = content["media"]
        return Media(url=media["url"], content_type=media.get("contentType"), span=NOWHERE)
    return Segment(text=content["text"], is_value=False, span=NOWHERE)


def to_message(plain: dict[str, Any]) -> Message:
    """A message of the history."""
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


def metadata_of(suite: dict[str, Any], options: dict[str, Any]) -> Metadata:
    """What a program gets that registers the suite's tools and schemas and gives `options`."""
    frontmatter = parse(suite["template"]).frontmatter
    root: Any = frontmatter.root if frontmatter else NO_FRONTMATTER
    config = root.value.get("config", {}) | options.get("config", {})
    text = json.dumps({**options, "config": config} if config else options)
    given, _ = read_yaml(text, Span(0, len(text)))
    merged = Yaml(span=NOWHERE, kind="mapping", value={}, entries=(*root.entries, *given.entries))
    schemas = {**suite.get("resolverSchemas", {}), **suite.get("schemas", {})}
    return read_metadata(merged, resolve=schemas.get, tools=suite.get("tools"))


@pytest.fixture(scope="module", autouse=True)
def _spec_is_there() -> None:
    if not SPEC_DIR.is_dir():
        pytest.skip(f"no specification at {SPEC_DIR}: set DOTPROMPT_SPEC_DIR")


def test_the_specification_has_cases() -> None:
    assert len(CASES) >= 30


@EVERY_CASE
def test_messages(suite: dict[str, Any], case: dict[str, Any]) -> None:
    data = {**suite.get("data", {}), **case.get("data", {})}
    default = case.get("options", {}).get("input", {}).get("default", {})
    history = [to_message(message) for message in data.get("messages", [])]

    rendered = render(
        parse(suite["template"]),
        {**default, **data.get("input", {})},
        partials={**suite.get("resolverPartials", {}), **suite.get("partials", {})},
        history=history,
        context=data.get("context", {}),
    )

    messages = list(rendered.messages)
    if rendered.target is not None:
        messages.append(Message(role="model", parts=rendered.target))
    assert [from_message(message) for message in messages] == case["expect"].get("messages", [])


@EVERY_CASE
def test_metadata(suite: dict[str, Any], case: dict[str, Any]) -> None:
    expected = {"config": {}, "ext": {}, **case["expect"]}
    expected.pop("messages", None)
    # No key of a frontmatter leads there: the runtimes set it aside for themselves.
    assert expected.pop("metadata", {}) == {}
    raw = expected.pop("raw", None)

    found = metadata_of(suite, case.get("options", {}))

    assert {**found.fields, "config": found.config, "ext": found.ext} == expected
    assert raw is None or found.raw == raw
