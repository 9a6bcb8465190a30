"""Rows as the engine sees them: through the prompt, as tokens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tunesmith.data.table import Row
from tunesmith.engine.score import Choice
from tunesmith.prompt.encode import Encoded, Encoder
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.render import render
from tunesmith.wire.spec import DataSpec


@dataclass(frozen=True, kw_only=True)
class Example:
    """A row under the names that the template uses, its target apart."""

    row_id: str
    values: Mapping[str, object]
    target: str


def to_examples(rows: Iterable[Row], data: DataSpec) -> list[Example]:
    """Rows of a table; no name in `values` leads to the target any more."""
    names = target_names(data)
    return [
        Example(
            row_id=row.row_id,
            values={
                name: value
                for name, value in _renamed(row, data.columns).items()
                if name not in names
            },
            target=row.text(data.target),
        )
        for row in rows
    ]


def target_names(data: DataSpec) -> frozenset[str]:
    """The target's column, and what the template calls it."""
    renamed = {name for name, column in data.columns.items() if column == data.target}
    return frozenset({data.target, *renamed})


def _renamed(row: Row, columns: Mapping[str, str]) -> dict[str, object]:
    given = row.given
    return {
        **given,
        **{name: given[column] for name, column in columns.items() if column in given},
    }


@dataclass(frozen=True, kw_only=True)
class Asker:
    """A prompt that asks for one of a few labels."""

    prompt: Prompt
    partials: Mapping[str, str]
    encoder: Encoder
    template: Literal["chat", "plain"]
    labels: tuple[str, ...]
    target_names: frozenset[str]
    path: str = ""
    """Of the prompt, relative to the workspace."""

    def choice(self, example: Example, history: Sequence[Message] = ()) -> Choice:
        """The question that a model is asked about a row; its target has no part in it.

        `history` are turns that stand before the row's own. Raises RenderError.
        """
        messages = self._messages(example.values, history)
        encoded = [
            self.encoder.encode(messages, self.answer(example, label), template=self.template)
            for label in self.labels
        ]
        return Choice(
            prompt=encoded[0].ids[: encoded[0].n_prompt],
            answers=tuple(row.ids[row.n_prompt :] for row in encoded),
        )

    def encoded(self, example: Example) -> Encoded:
        """The row with its right answer, as training sees it. Raises RenderError."""
        messages = self._messages(example.values)
        answer = self.answer(example, example.target)
        return self.encoder.encode(messages, answer, template=self.template)

    def answer(self, example: Example, label: str) -> str | tuple[Segment, ...]:
        """The model's turn for a label, formatted where the template formats it."""
        values = {**example.values, **dict.fromkeys(self.target_names, label)}
        target = render(self.prompt, values, partials=self.partials).target
        return label if target is None else target

    def asks_user(self, example: Example) -> bool:
        """Whether the row's prompt ends with a turn of the user, as a chat needs it."""
        messages = self._messages(example.values)
        return bool(messages) and messages[-1].role == "user"

    def demonstration(self, example: Example) -> tuple[Message, ...]:
        """A row as a turn of the user and the right answer of the model."""
        asked = self._messages(example.values)[-1]
        answer = self.answer(example, example.target)
        parts = (_plain(answer, asked),) if isinstance(answer, str) else answer
        return (asked, Message(role="model", parts=parts))

    def input_text(self, example: Example) -> str:
        """What the row itself adds to the prompt, for models that know no prompts."""
        messages = self._messages(example.values)
        segments = (segment for message in messages for segment in message.segments)
        return "\n".join(segment.text for segment in segments if segment.is_value)

    def _messages(
        self, values: Mapping[str, object], history: Sequence[Message] = ()
    ) -> tuple[Message, ...]:
        rendered = render(
            self.prompt, values, partials=self.partials, history=history, keep_target=False
        )
        return rendered.messages


def _plain(answer: str, asked: Message) -> Segment:
    # A value, so that a label which looks like a control token is encoded as the text it is.
    return Segment(text=answer, is_value=True, span=asked.segments[-1].span)
