"""Rows that are conversations, and rows in several wordings, from the file to the tokens."""

import json
from dataclasses import replace
from pathlib import Path

from small_job import LABELS, WORDS, make_spec, rows_of, run_job, with_files
from tunesmith.engine.bench import prepare
from tunesmith.engine.job_data import load_rows
from tunesmith.engine.promise import refuse_other_tokens
from tunesmith.engine.sampler import Sampler
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.spec import JobSpec, PromptSpec

CHAT = '{{role "system"}}Positive or negative?\n{{history}}'


def chats(n_rows: int) -> str:
    lines = []
    for number in range(n_rows):
        label = LABELS[number % 2]
        word = WORDS[label][number // 2 % 3]
        turns = [
            {"role": "user", "content": f"I saw film {number}."},
            {"role": "assistant", "content": "And how was it?"},
            {"role": "user", "content": f"It is {word}."},
            {"role": "assistant", "content": label},
        ]
        lines.append(json.dumps({"messages": turns}))
    return "\n".join(lines) + "\n"


def chat_spec(tmp_path, **train) -> JobSpec:
    spec = make_spec(tmp_path, **train)
    (tmp_path / "chats.jsonl").write_text(chats(60), encoding="utf-8")
    data = replace(spec.data, train="chats.jsonl", target="messages")
    prompt = replace(spec.prompt, text=CHAT)
    return with_files(replace(spec, data=data, prompt=prompt))


def material_of(spec: JobSpec):
    prompt, encoder = parse(spec.prompt.text), Encoder.load(Path(spec.model.path))
    material = prepare(spec, prompt, load_rows(spec, prompt), encoder, lambda: None)
    refuse_other_tokens(spec, prompt, encoder, material)
    return encoder, material


def test_the_last_turn_is_learned_after_those_before_it(tmp_path):
    encoder, material = material_of(chat_spec(tmp_path))

    row, encoded = material.rows.rows["train"][0], material.encoded["train"][0]
    number = row.line - 1
    word = WORDS[LABELS[number % 2]][number // 2 % 3]
    assert encoder.decode(encoded.ids, keep_control=True) == (
        "<|im_start|>system\nPositive or negative?\n<|im_end|>\n"
        f"<|im_start|>user\nI saw film {number}.<|im_end|>\n"
        "<|im_start|>assistant\nAnd how was it?<|im_end|>\n"
        f"<|im_start|>user\nIt is {word}.<|im_end|>\n"
        f"<|im_start|>assistant\n{LABELS[number % 2]}<|im_end|>"
    )
    trained = [token for token, is_on in zip(encoded.ids, encoded.mask, strict=True) if is_on]
    assert encoder.decode(trained, keep_control=True) == f"{LABELS[number % 2]}<|im_end|>"


def test_a_run_on_conversations_finishes(tmp_path):
    _, state = run_job(chat_spec(tmp_path, epochs=1))

    assert state.status == "finished"
    assert state.plan and state.plan.labels == LABELS


def with_variants(spec: JobSpec, *texts: str) -> JobSpec:
    variants = tuple(
        PromptSpec(path=f"reviews.v{number}.prompt", text=text, render_hash="", settings_hash="")
        for number, text in enumerate(texts)
    )
    return replace(spec, variants=variants)


def test_each_row_is_trained_on_through_every_variant_and_judged_by_the_prompt(tmp_path):
    spec = with_variants(make_spec(tmp_path), "How is it? {{review}}", "{{review}} So?")
    encoder, material = material_of(spec)

    rows, first = material.rows.rows["train"], material.train[0]
    texts = [encoder.decode(wording.ids, keep_control=False) for wording in first.wordings]
    review = rows[0].values["review"]
    assert [text.split(review)[0].split("user\n")[-1] for text in texts] == [
        "Review: ",
        "How is it? ",
        "",
    ]
    assert [row.wordings[0] for row in material.train] == list(material.encoded["train"])
    sampler = Sampler.of(material.train, spec.train, spec.seed)
    seen = {
        one.row.row_hash for epoch in range(3) for batch in sampler.batches(epoch) for one in batch
    }
    assert len(seen) == 3 * len(rows)
    assert len(material.questions["test"][0].choice.prompt) == material.encoded["test"][0].n_prompt


def test_a_run_with_variants_writes_the_hash_of_every_wording(tmp_path):
    spec = with_variants(make_spec(tmp_path, epochs=1), "How is it? {{review}}")

    run_dir, state = run_job(spec)

    assert state.status == "finished"
    _, material = material_of(spec)
    lines = [line for line in rows_of(run_dir) if line["split"] == "train"]
    assert [line["variant_hashes"] for line in lines] == [
        [row.wordings[1].row_hash] for row in material.train
    ]
    judged = next(line for line in rows_of(run_dir) if line["split"] == "test")
    assert judged["variant_hashes"] == []


def test_a_variant_that_cannot_be_rendered_is_named(tmp_path):
    _, state = run_job(with_variants(make_spec(tmp_path), "{{review}}\n{{> gone}}"))

    assert state.failed and state.failed.message.startswith("reviews.v0.prompt, line 2: ")
    assert state.failed.path == "reviews.v0.prompt"
