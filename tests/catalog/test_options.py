"""What may be set, what happens where nothing is, and how a wrong setting is refused."""

import pytest

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import OptionError, resolve_options
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.catalog.training import TRAINING_OPTIONS

LORA = (*TRAINING_OPTIONS, *methods()["lora"].options)
ALL = (*LORA, *EVALUATION_OPTIONS, *PREVIEW_OPTIONS)


@pytest.mark.parametrize("option", ALL, ids=lambda option: option.name)
def test_a_default_is_allowed_and_said_in_one_line(option):
    assert option.default is None or option.read(option.default) == option.default
    assert option.doc.endswith(".")
    assert "\n" not in option.doc


def test_names_are_unique():
    names = [option.name for option in ALL]

    assert len(names) == len(set(names))


def test_what_is_given_wins_and_the_rest_has_its_default():
    resolved = resolve_options(LORA, {"rank": 16, "lr": 0.001})

    assert resolved["rank"] == 16
    assert resolved["lr"] == 0.001
    assert resolved["alpha"] == 32.0


def test_the_learning_rate_has_no_default_before_a_model_is_known():
    assert "lr" not in resolve_options(LORA, {})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rank", 0, "rank: 0 is not a whole number from 1 to 1,024"),
        ("rank", True, "rank: True is not a whole number from 1 to 1,024"),
        ("rank", 8.5, "rank: 8.5 is not a whole number from 1 to 1,024"),
        ("lr", 7, "lr: 7 is not a number from 1e-07 to 1"),
        ("lr", "fast", "lr: 'fast' is not a number from 1e-07 to 1"),
        ("lr", float("nan"), "lr: nan is not a number from 1e-07 to 1"),
        ("template", "jinja", "template: 'jinja' is not one of auto, chat, plain"),
        ("epoch", 2, 'no option is called "epoch"; did you mean "epochs"?'),
    ],
)
def test_a_wrong_setting_is_refused_with_its_bounds(key, value, message):
    with pytest.raises(OptionError) as raised:
        resolve_options(LORA, {key: value})

    assert str(raised.value) == message
    assert raised.value.key == key


def test_a_number_that_yaml_reads_as_text_is_still_a_number():
    assert resolve_options(LORA, {"lr": "1e-4"})["lr"] == 0.0001


@pytest.mark.parametrize(
    ("hidden_size", "family", "lr"),
    [
        (576, "llama", 0.0013),
        (2048, "llama", 0.00049),
        (4096, "llama", 0.00029),
        (1024, "qwen3", 0.00053),
        (640, "never-measured", 0.00055),
    ],
)
def test_the_rate_falls_with_width_and_is_careful_with_unknown_families(hidden_size, family, lr):
    assert methods()["lora"].default_lr(hidden_size, family).value == lr
