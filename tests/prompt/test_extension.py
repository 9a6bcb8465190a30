"""Our keys in the frontmatter."""

from tunesmith.prompt.extension import BUILTIN_MODEL, DataKeys, Extension, read_extension
from tunesmith.prompt.hashes import render_hash, settings_hash
from tunesmith.prompt.parse import parse

PARENT = """---
model: hf/small
tunesmith.task: generation
tunesmith.data: {train: a.csv, target: y, columns: {review: text}, labels: [pos, 1, true]}
tunesmith.train: {lr: 1e-4, method: lora}
tunesmith.preview: {model: local/x, max_new_tokens: 8}
---
{{review}}"""


def read(text: str, parent: str | None = None) -> Extension:
    return read_extension(parse(text), parse(parent) if parent else None)


def test_all_keys_are_read() -> None:
    extension = read(PARENT)

    assert extension.task == "generation"
    assert extension.data == DataKeys(
        train="a.csv", target="y", columns={"review": "text"}, labels=("pos", "1", "true")
    )
    assert extension.train == {"lr": 0.0001, "method": "lora"}
    assert (extension.base, extension.preview_model) == ("hf/small", "local/x")
    assert extension.has_training


def test_nothing_set() -> None:
    extension = read("{{a}}")

    assert extension.data is None
    assert (extension.base, extension.preview_model) == (BUILTIN_MODEL, BUILTIN_MODEL)
    assert not extension.has_training


def test_a_cloud_model_is_no_base() -> None:
    assert read("---\nmodel: googleai/gemini\n---\n").base == BUILTIN_MODEL


def test_train_base_stands_over_model() -> None:
    assert read("---\nmodel: hf/a\ntunesmith.train: {base: hf/b}\n---\n").base == "hf/b"


def test_a_variant_inherits_the_keys_it_does_not_set() -> None:
    variant = read("---\ntunesmith.train: {epochs: 2}\n---\n{{review}}", PARENT)

    assert variant.train == {"epochs": 2}
    assert variant.data == read(PARENT).data
    assert variant.base == "hf/small"


def test_wrong_types_are_left_out() -> None:
    extension = read("---\ntunesmith.data: [a]\ntunesmith.train: {lr: [1], epochs: 2}\n---\n")

    assert extension.data is None
    assert extension.train == {"epochs": 2}


def test_values_are_known_by_the_names_of_the_template() -> None:
    keys = DataKeys(columns={"review": "text", "other": "missing"})

    assert keys.values({"text": "good", "y": "pos"}) == {
        "text": "good",
        "y": "pos",
        "review": "good",
    }


def test_only_what_is_rendered_changes_the_render_hash() -> None:
    prompt = parse(PARENT)
    before = render_hash(prompt, {})

    assert render_hash(parse(PARENT.replace("1e-4", "2e-4")), {}) == before
    assert render_hash(parse(PARENT + "!"), {}) != before
    assert render_hash(prompt, {"p": "x"}) != before


def test_only_what_is_trained_changes_the_settings_hash() -> None:
    before = settings_hash(read(PARENT))

    assert settings_hash(read(PARENT + "!")) == before
    assert settings_hash(read(PARENT.replace("max_new_tokens: 8", "max_new_tokens: 9"))) == before
    assert settings_hash(read(PARENT.replace("1e-4", "2e-4"))) != before


def test_switches_of_the_chat_template_change_training() -> None:
    train = "---\ntunesmith.train: {chat_template_kwargs: {enable_thinking: false}, lr: 0.1}\n---\n"
    extension = read(train)

    assert extension.chat_template_kwargs == {"enable_thinking": False}
    assert extension.train == {"lr": 0.1}
    assert read("{{a}}", train).chat_template_kwargs == {"enable_thinking": False}
    assert settings_hash(extension) != settings_hash(read(train.replace("false", "true")))
