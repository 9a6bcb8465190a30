"""Text of far more tokens than it looks: full-width letters, a language new to the base model.

A tokenizer made for other text falls back to bytes: "full" in full-width letters was twelve
tokens instead of one, and a Chinese character two or three. Rows are then cut sooner and train
more slowly. Chinese punctuation is as it should be, and single full-width letters are left alone,
since lists are marked with them; so are labels.

Bad:
    Reply in ＪＳＯＮ.
Good:
    用 JSON 回答，选项Ａ或Ｂ。
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from tunesmith.lint.columns import shown_columns
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.unicode import MOST_PLACES
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("costly-text", severity="information", needs_model=True)
FAR_ABOVE = 4
"""Times as many tokens for each character as English."""
_WIDE = re.compile(r"[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\U0001D400-\U0001D7FF]{2,}")
_ENGLISH = (
    "The book was better than the film, but the actors did what they could with a story that "
    "nobody had thought through. I would still watch it again on a rainy evening with friends."
)
_FEWEST_CHARACTERS, _MOST_CHARACTERS = 200, 20_000


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such word in the text that the model gets."""
    text = loaded.prompt.text
    if text.isascii() or not _WIDE.search(text):
        return
    data = loaded.extension.data
    labels = data.labels or () if data else ()
    for match in islice(_wide_words(loaded.prompt), MOST_PLACES):
        if match.group() not in labels:
            plain = unicodedata.normalize("NFKC", match.group())
            edit = Edit(start=match.start(), end=match.end(), text=plain)
            fix = Fix(title=f'Write "{plain}"', edits=(edit,), safe=True)
            message = f'"{match.group()}" takes several tokens a letter: write "{plain}"'
            yield RULE.at(Span(*match.span()), message, fix=fix)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each column of the first file whose language is that costly."""
    file = next(facts.tables, None)
    if facts.model is None or file is None:
        return
    english = _per_character(facts.model, _ENGLISH)
    for column, text in _texts(loaded, file):
        cost = _per_character(facts.model, text) if not text.isascii() else 0
        if cost >= FAR_ABOVE * english:
            message = (
                f'column "{column}": {cost:.1f} tokens for each character with {facts.model.name}, '
                f"where English has {english:.2f}: rows are cut sooner and train more slowly; "
                "choose a base model that knows this language"
            )
            yield RULE.at(file.span, message)


def _wide_words(prompt: Prompt) -> Iterator[re.Match[str]]:
    for node in prompt.texts:
        yield from _WIDE.finditer(prompt.text, node.span.start, node.span.end)


def _texts(loaded: LoadedPrompt, file: DataFile) -> Iterator[tuple[str, str]]:
    """The columns that the model sees or learns, each with some of its text."""
    keys, shown = loaded.extension.data, shown_columns(loaded)
    for column in file.columns or ():
        if shown is None or column in shown or (keys and column == keys.target):
            text = "\n".join(row.values.get(column, "") for row in file.sample)
            if len(text) >= _FEWEST_CHARACTERS:
                yield column, text[:_MOST_CHARACTERS]


def _per_character(model: Model, text: str) -> float:
    return len(model.ids(text)) / len(text)
