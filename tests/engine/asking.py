"""A prompt, rows and the tiny model's encoder, put together as a job does."""

from pathlib import Path

from tunesmith.engine.evaluate import Question, to_question
from tunesmith.engine.example import Asker, Example
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.spec import ModelSpec

LABELS = ("negative", "positive")
PROMPT = '{{role "system"}}Say how the review is.{{role "user"}}Review: {{review}}'


def make_asker(spec: ModelSpec, text: str = PROMPT, labels: tuple[str, ...] = LABELS) -> Asker:
    return Asker(
        prompt=parse(text),
        partials={},
        encoder=Encoder.load(Path(spec.path)),
        template="chat",
        labels=labels,
        target_names=frozenset({"sentiment"}),
    )


def to_questions(asker: Asker, examples: list[Example]) -> list[Question]:
    return [to_question(asker, example) for example in examples]


def make_examples(n_rows: int, first: int = 0) -> list[Example]:
    """Good and bad films by turns."""
    return [
        Example(
            row_id=str(i),
            values={"review": f"a {('bad', 'good')[i % 2]} film, number {i}"},
            target=LABELS[i % 2],
        )
        for i in range(first, first + n_rows)
    ]
