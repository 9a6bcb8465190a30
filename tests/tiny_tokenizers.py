"""Model folders with a tokenizer of a few hundred tokens, made on the spot; no weights in them.

`write_model(folder, kind)` writes one of KINDS. What sets a kind apart is its chat template, and
whether the tokenizer begins a text with `<s>`.
"""

import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

BOS, EOS = "<s>", "</s>"
CONTROL = [BOS, EOS, "<|im_start|>", "<|im_end|>", "[INST]", "[/INST]", "<think>", "</think>"]
WORDS = "Review: film fine dull good positive negative Sentiment: Answer: <review> </review> user "

_CHATML = "{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
_ASKED = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
CHATML = "{% for m in messages %}" + _CHATML + "{% endfor %}" + _ASKED
TRIMMING = CHATML.replace("m.content", "m.content | trim")
THINKING = CHATML.replace("assistant\n'", "assistant\n<think>\n'")
INST = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}{{ ' ' + m.content +"
    " eos_token }}{% elif m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}"
    "{{ raise_exception('only user and assistant roles are supported') }}{% endif %}{% endfor %}"
)
SYSTEM = (
    "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\nYou are kind.<|im_end|>\n' }}"
    "{% endif %}" + CHATML
)
ENDLESS = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
    "{% endfor %}{% endfor %}{% endfor %}" + CHATML
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What sets one model apart."""

    chat_template: str | None
    adds_bos: bool = False
    context: int = 512
    width: int = 64


KINDS = {
    "chatml": Kind(chat_template=CHATML),
    "trimming": Kind(chat_template=TRIMMING),
    "thinking": Kind(chat_template=THINKING),
    "inst": Kind(chat_template=INST, adds_bos=True),
    "system": Kind(chat_template=SYSTEM),
    "unasked": Kind(chat_template=CHATML.removesuffix(_ASKED)),
    "broken": Kind(chat_template="{% for m in messages %}"),
    "endless": Kind(chat_template=ENDLESS),
    "no-template": Kind(chat_template=None),
    "bos": Kind(chat_template=None, adds_bos=True),
    "short-context": Kind(chat_template=CHATML, context=48),
    "huge": Kind(chat_template=CHATML, width=60_000),
}


def write_model(folder: Path, kind: str) -> None:
    """Write all files that a model's folder has; of the weights, only the head of their file."""
    folder.mkdir(parents=True)
    made = KINDS[kind]
    (folder / "tokenizer.json").write_text(_tokenizer(adds_bos=made.adds_bos), encoding="utf-8")
    named = {"bos_token": BOS, "eos_token": EOS if made.adds_bos else "<|im_end|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named), encoding="utf-8")
    if made.chat_template is not None:
        (folder / "chat_template.jinja").write_text(made.chat_template, encoding="utf-8")
    config = {
        "model_type": "llama",
        "hidden_size": made.width,
        "max_position_embeddings": made.context,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    write_shapes(
        folder / "model.safetensors",
        {
            "model.embed_tokens.weight": (320, made.width),
            "model.layers.0.mlp.up_proj.weight": (4 * made.width, made.width),
            "model.norm.weight": (made.width,),
        },
    )


def prompt_head(kind: str, more: str = "", task: str = "generation") -> str:
    """The frontmatter of a prompt on such a model, or on the builtin one, and `films.csv`."""
    data = "{train: films.csv, target: label}"
    base = "builtin/smollm2-135m-instruct" if kind == "builtin" else f"local/models/{kind}"
    train = f"tunesmith.train: {{base: {base}{more}}}"
    return f"---\ntunesmith.task: {task}\ntunesmith.data: {data}\n{train}\n---\n"


def write_shapes(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """A safetensors file that ends where its weights would begin."""
    head = {
        name: {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]}
        for name, shape in shapes.items()
    }
    content = json.dumps({"__metadata__": {"format": "pt"}, **head}).encode()
    path.write_bytes(struct.pack("<Q", len(content)) + content)


@cache
def _tokenizer(*, adds_bos: bool) -> str:
    """Byte-level BPE: any text has tokens, and the words of the tests have few."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=CONTROL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([WORDS * 4, "\n\n\n\n"] * 4, trainer)
    if adds_bos:
        bos = tokenizer.token_to_id(BOS)
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, bos)]
        )
    return tokenizer.to_str()
