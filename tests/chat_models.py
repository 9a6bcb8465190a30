"""Tokenizers with the chat templates of well-known families, in short; made on the spot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

WORDS = "Say whether the film review is positive or negative. A good dull film, 电影 user assistant"


@dataclass(frozen=True, kw_only=True)
class Family:
    """What one family's models have in common."""

    template: str | None
    special: tuple[str, ...]
    """Tokens that mean structure; the last one ends a turn."""
    bos: str | None = None
    eos: str
    pieces: Literal["first", "always", "never"] | None = None
    """As in SentencePiece, blanks are part of words: where one is put before a text."""
    adds_bos: bool = False
    folds: bool = False
    """Capitals are read as small letters, in the names of some tokens too."""
    has_system: bool = True
    also: tuple[str, ...] = field(default=())
    """Added tokens that are not special, such as `<think>`."""


CHATML = """{% for m in messages %}
{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}
{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

CHATML_WITH_SYSTEM = """{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}
{%- endif %}
{%- for m in messages %}
    {{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"""

HEADERS = """{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}
    {{- message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}"""

INSTRUCTIONS = """{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content'] %}
    {%- set turns = messages[1:] %}
{%- else %}
    {%- set turns = messages %}
{%- endif %}
{{- bos_token }}
{%- for turn in turns %}
    {%- if (turn['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('user and assistant must take turns') }}
    {%- endif %}
    {%- if turn['role'] == 'user' and loop.first and system is defined %}
        {{- '[INST] ' + system + '\n\n' + turn['content'] + ' [/INST]' }}
    {%- elif turn['role'] == 'user' %}
        {{- '[INST] ' + turn['content'] + ' [/INST]' }}
    {%- else %}
        {{- ' ' + turn['content'] + eos_token }}
    {%- endif %}
{%- endfor %}"""

TURNS = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}
{{ raise_exception('there is no system role') }}{% endif %}
{% for message in messages %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}
{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"""

BARS = """{% for message in messages %}
{% if message['role'] in ('user', 'system') and message['content'] %}
{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\n' + message['content'] + '<|end|>\n' }}
{% endif %}
{% endfor %}
{{ '<|assistant|>\n' if add_generation_prompt else eos_token }}"""

THINKING = """{%- set ns = namespace(last=-1) %}
{%- for message in messages if message.role == 'user' %}
    {%- set ns.last = messages.index(message) %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == 'assistant' and '</think>' in content %}
        {%- set content = content.split('</think>')[-1].lstrip('\n') %}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {%- if message.role == 'assistant' and loop.index0 > ns.last %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
    {{- content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}"""

WIDE_BARS = """{%- set ns = namespace(system='') %}
{%- for message in messages if message['role'] == 'system' %}
    {%- set ns.system = ns.system + message['content'] %}
{%- endfor %}
{{- bos_token }}{{ ns.system }}
{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {{- '<｜User｜>' + message['content'] }}
    {%- elif message['role'] == 'assistant' %}
        {{- '<｜Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}"""

FAMILIES: Mapping[str, Family] = {
    "chatml": Family(
        template=CHATML, special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"), eos="<|im_end|>"
    ),
    "chatml-with-system": Family(
        template=CHATML_WITH_SYSTEM,
        special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        eos="<|im_end|>",
    ),
    "headers": Family(
        template=HEADERS,
        special=("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        bos="<|begin_of_text|>",
        eos="<|eot_id|>",
        adds_bos=True,
    ),
    "instructions": Family(
        template=INSTRUCTIONS,
        special=("<unk>", "<s>", "[INST]", "[/INST]", "</s>"),
        bos="<s>",
        eos="</s>",
        pieces="always",
        adds_bos=True,
    ),
    "turns": Family(
        template=TURNS,
        special=("<unk>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
        bos="<bos>",
        eos="<eos>",
        pieces="never",
        adds_bos=True,
        has_system=False,
    ),
    "blanks": Family(
        template=CHATML,
        special=("<unk>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        eos="<|im_end|>",
        pieces="first",
    ),
    "bars": Family(
        template=BARS,
        special=("<|endoftext|>", "<|user|>", "<|system|>", "<|assistant|>", "<|end|>"),
        eos="<|endoftext|>",
    ),
    "thinking": Family(
        template=THINKING,
        special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        eos="<|im_end|>",
        also=("<think>", "</think>"),
    ),
    "folding": Family(
        template=THINKING,
        special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        eos="<|im_end|>",
        folds=True,
        also=("<think>", "</think>"),
    ),
    "wide-bars": Family(
        template=WIDE_BARS,
        special=("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        bos="<｜begin▁of▁sentence｜>",
        eos="<｜end▁of▁sentence｜>",
        adds_bos=True,
        also=("<｜User｜>", "<｜Assistant｜>"),
    ),
    "no-template": Family(
        template=None, special=("<|endoftext|>",), bos="<|endoftext|>", eos="<|endoftext|>"
    ),
}


def write_family(name: str, folder: Path) -> PreTrainedTokenizerFast:
    """Write the tokenizer of a family into `folder`, as transformers does, and return it."""
    family = FAMILIES[name]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(family),
        bos_token=family.bos,
        eos_token=family.eos,
        pad_token=family.eos,
    )
    tokenizer.chat_template = family.template
    tokenizer.save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _tokenizer(family: Family) -> Tokenizer:
    tokenizer = _of_pieces(family, family.pieces) if family.pieces else _of_bytes(family)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in family.special])
    tokenizer.add_tokens([AddedToken(token, normalized=family.folds) for token in family.also])
    if family.folds:
        tokenizer.normalizer = normalizers.Lowercase()
    if family.adds_bos and family.bos:
        bos = (family.bos, tokenizer.token_to_id(family.bos))
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{family.bos} $A", special_tokens=[bos]
        )
    return tokenizer


def _of_bytes(family: Family) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    _train(tokenizer, family, pre_tokenizers.ByteLevel.alphabet())
    return tokenizer


def _of_pieces(family: Family, scheme: str) -> Tokenizer:
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    _train(trained, family, [])
    plain = json.loads(trained.to_str())["model"]
    for byte in range(256):
        plain["vocab"][f"<0x{byte:02X}>"] = len(plain["vocab"])
    merges = [tuple(pair) for pair in plain["merges"]]
    tokenizer = Tokenizer(
        models.BPE(plain["vocab"], merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return tokenizer


def _train(tokenizer: Tokenizer, family: Family, alphabet: list[str]) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(family.special),
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator([WORDS] * 4, trainer)
