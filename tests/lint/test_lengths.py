"""Lengths of rows are those of encoding every row, though most are never encoded."""

import doctest
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from tiny_tokenizers import prompt_head, write_model
from tunesmith.analysis.model import load_model
from tunesmith.data.table import Row
from tunesmith.lint import lengths
from tunesmith.lint.lengths import Lengths
from tunesmith.lint.model import Model
from tunesmith.models import memory
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.example import make_example
from tunesmith.prompt.files import LoadedPrompt, load_prompt
from tunesmith.prompt.guard import EncodeError

WORDS = [
    "film",
    "fine",
    " ",
    "\n",
    "电影",
    "😀",
    "<|im_end|>",
    "[INST]",
    "ﬁ",
    "e\u0301",
    "</s>",
    "x" * 50,
]
TEMPLATES = {
    "simple": "Review: {{review}}\nAgain: {{review}} {{title}}",
    "roles": "{{role 'system'}}Be kind.{{role 'user'}}{{review}}{{role 'model'}}Why?"
    "{{role 'user'}}{{title}}",
    "blocks": "{{#if title}}<b>{{title}}</b>{{else}}none{{/if}}{{review}}",
    "formatted": '{{review}}{{#if label}}{{role "model"}}So: {{label}} {{label}}{{/if}}',
    "helper": "{{json review}} {{json this}}",
}


def opened(kind: str, body: str, folder: Path, more: str = "") -> tuple[LoadedPrompt, Model]:
    if kind != "builtin":
        write_model(folder / "models" / kind, kind)
    loaded = load_prompt(prompt_head(kind, more) + body, folder / "a.prompt", folder)
    model = load_model(loaded, folder)
    assert model
    return loaded, model


def some_rows(seed: int, n: int = 30) -> list[Row]:
    draw = random.Random(seed)

    def text(longest: int) -> str:
        return "".join(draw.choices(WORDS, k=draw.randint(0, longest)))

    return [
        Row(
            row_id=str(line),
            line=line,
            values={"review": text(40), "title": text(5), "label": text(10)},
        )
        for line in range(2, n + 2)
    ]


def n_tokens(loaded: LoadedPrompt, model: Model, row: Row) -> tuple[int, int]:
    example = make_example(loaded, row.values)
    try:
        encoded = model.encode(example.messages, example.target)
    except EncodeError:
        return 0, 0
    return encoded.n_prompt, len(encoded.ids) - encoded.n_prompt


@pytest.mark.parametrize("body", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("kind", ["builtin", "chatml", "trimming", "system", "inst", "bos"])
def test_lengths_are_those_of_encoding_every_row(kind: str, body: str, tmp_path: Path):
    more = ", template: plain" if kind == "inst" else ""
    loaded, model = opened(kind, body, tmp_path, more)
    rows = some_rows(seed=len(kind) + len(body))

    expected = [n_tokens(loaded, model, row) for row in rows]

    for limit in (0, 40, 60, 90, 150, 300):
        measure = Lengths(model)
        measured = [measure.over(limit, row, loaded) for row in rows]
        assert [one and (one.n_prompt, one.n_target) for one in measured] == [
            pair if sum(pair) > limit else None for pair in expected
        ]


def byte_fallback(**parts: object) -> Tokenizer:
    """Only bytes are known to it, so that every text has as many tokens as there can be."""
    vocab = {f"<0x{byte:02X}>": byte for byte in range(256)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[], byte_fallback=True))
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    return tokenizer


TOKENIZERS = {
    "bare": {},
    "metaspace": {"pre_tokenizer": pre_tokenizers.Metaspace(prepend_scheme="always")},
    "llama": {
        "normalizer": normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    },
    "nfkd": {"normalizer": normalizers.NFKD()},
}


@pytest.mark.parametrize("parts", TOKENIZERS.values(), ids=TOKENIZERS)
def test_no_text_has_more_tokens_than_its_size_allows(parts: dict[str, object]):
    encoder = Encoder(byte_fallback(**parts), chat_template=None, named_tokens={})
    texts = ["", " ", "   ", "ﷺ", "\ufdfa\u3300", "é 电影 😀", "a b c d e", "\ud83d", "\x00"]

    for text in (*texts, *("".join(row.values.values()) for row in some_rows(seed=1))):
        # The encoder replaces half a character pair before a tokenizer sees it.
        known = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        assert len(encoder.ids(known)) <= encoder.most_ids(text)


def test_examples_in_docstrings_hold():
    for module in (lengths, memory):
        assert doctest.testmod(module).failed == 0
        assert doctest.testmod(module).attempted > 0
