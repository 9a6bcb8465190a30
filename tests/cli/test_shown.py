"""What a run looks like on a terminal and in a file."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tunesmith.cli.carets import carets
from tunesmith.cli.demo.verdict import last_line
from tunesmith.cli.errors import CliError
from tunesmith.cli.live import RunScreen
from tunesmith.cli.table import fixed, p_values, score_table
from tunesmith.prompt.text import Span
from tunesmith.wire.events import (
    Cancelled,
    Evaluation,
    Failed,
    Finished,
    PathTaken,
    Plan,
    Preflight,
    RateProbe,
    Row,
    Score,
    Split,
    Started,
    Step,
    Warned,
)


def evaluation(model, value, split: Split = "test", step=None, n_rows=4):
    scores = tuple(
        Score(metric=metric, value=value, low=value - 0.1, high=value + 0.1)
        for metric in ("accuracy", "macro-f1")
    )
    return Evaluation(model=model, split=split, step=step, n_rows=n_rows, scores=scores)


def rows(model, predicted, split: Split = "test"):
    return [
        Row(
            model=model,
            split=split,
            row_id=str(number),
            target=target,
            predicted=answer,
            probability=0.9,
        )
        for number, (target, answer) in enumerate(zip("aabb", predicted, strict=True))
    ]


STARTED = Started(pid=1, pid_started=1.0, device="cpu", dtype="bfloat16", versions={})
PLAN = Plan(
    n_train=10,
    n_validation=2,
    n_test=4,
    n_dropped=1,
    n_steps=40,
    labels=("a", "b"),
    settings={},
    split_id="s",
)
FINISHED = Finished(report="report.html", p_value=2.5e-9, seconds=9.0, summary="It helped.")


def step(number):
    return Step(
        step=number,
        n_steps=40,
        epoch=number / 40,
        loss=0.5 / number,
        lr=1e-3,
        grad_norm=1.0,
        tokens_per_s=1234.5,
        left_s=83.0 - number,
    )


TRAINING = [
    STARTED,
    PLAN,
    evaluation("base", 0.5, "validation"),
    *[step(number) for number in range(1, 41)],
    evaluation("tuned", 0.75, "validation", step=40),
    Warned(message="the machine is busy"),
]
RUN = [
    *TRAINING,
    *rows("base", "aaaa"),
    evaluation("base", 0.5),
    *rows("tuned", "aaba"),
    evaluation("tuned", 0.75),
    evaluation("prompted", 0.6),
    evaluation("tfidf", 0.7),
    FINISHED,
]


def shown(events, **options):
    file = io.StringIO()
    console = Console(file=file, width=100, **options)
    with RunScreen(console) as screen:
        for event in events:
            screen.show(event)
    return file.getvalue()


def test_a_run_in_a_file_is_plain_lines():
    lines = shown(RUN).splitlines()

    assert lines[:4] == [
        "started on cpu, bfloat16",
        "10 rows to train on, 2 to validate, 4 to test, 1 too long and left out; 40 steps",
        "validation: base model: accuracy 0.500 [0.400, 0.600], macro-f1 0.500 [0.400, 0.600], n=4",
        "step 1/40: loss 0.500 · validation accuracy 0.500 · 1,234 tokens/s · 1:22 left to train",
    ]
    assert sum(line.startswith("step ") for line in lines) == 11
    assert "warning: the machine is busy" in lines
    assert "  test base model         ..xx 2/4" in lines
    assert "  test tuned model        ...x 3/4" in lines
    assert lines[-1] == "It helped."
    assert "\x1b" not in "".join(lines)


AHEAD = Preflight(
    n_probed=5,
    step_s=1.54,
    epoch_s=62.0,
    look_s=8.0,
    factor=4.25,
    memory_bytes=1_530_000_000,
    probed_bytes=1_710_000_000,
    free_bytes=20_000_000_000,
    disk_bytes=99_000_000,
    disk_free_bytes=74_200_000_000,
)
RATES = RateProbe(
    rates=(0.00063, 0.0019, 0.0057),
    losses=(1.449, 0.323, 0.357),
    chosen=0.0019,
    reason="the lowest loss on validation after 10 steps with each",
)


def test_what_was_found_out_before_the_first_step_is_said():
    path = PathTaken(path="packed", factor=4.25, reason="")

    lines = shown([RATES, path, AHEAD]).splitlines()

    assert lines == [
        "learning rate 0.0019: the lowest loss on validation after 10 steps with each "
        "(1.449 at 0.00063, 0.323 at 0.0019, 0.357 at 0.0057)",
        "the rows' common prefix is computed once (packed): 4.2 times fewer tokens",
        "time: 1.5 s a step, 62 s an epoch; memory: 1.5 GB by formula, 1.7 GB seen, 20.0 GB free; "
        "disk: 99 MB at most, 74.2 GB free; shared prefix: 4.2 times fewer tokens to compute",
    ]


def test_a_short_run_is_not_rehearsed_and_has_no_time_yet():
    text = shown([replace(AHEAD, n_probed=0, step_s=0.0, epoch_s=0.0, probed_bytes=0)])

    assert text.startswith("memory: 1.5 GB by formula, 20.0 GB free; disk: ")


def test_a_run_on_a_terminal_has_a_bar_and_no_step_lines():
    text = shown(TRAINING, force_terminal=True)

    assert "━" in text
    assert "step 1/40:" not in text
    last = text[text.rindex("step ") :]
    assert "step 40/40" in last
    assert "loss 0.013 · validation accuracy 0.750 · 1,234 tokens/s · 0:43 left to train" in last


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Failed(message="the data is gone", path="data/a.csv", line=3), "data/a.csv:3: the data"),
        (Failed(message="no memory"), "failed: no memory"),
        (Cancelled(step=7, checkpoint="checkpoints/5"), "cancelled at step 7; the best checkpoint"),
        (Warned(message="[bold]not markup[/]"), "warning: [bold]not markup[/]"),
    ],
)
def test_how_a_run_ends_is_said(event, line):
    assert line in shown([event])


def test_the_table_has_every_model_with_intervals_and_p_values():
    file = io.StringIO()

    Console(file=file, width=80).print(score_table(RUN))

    lines = file.getvalue().splitlines()
    assert [" ".join(line.split()) for line in lines if "0." in line] == [
        "TF-IDF 4 0.700 [0.600, 0.800] 0.700 [0.600, 0.800]",
        "base model 4 0.500 [0.400, 0.600] 0.500 [0.400, 0.600] 1",
        "best prompted base 4 0.600 [0.500, 0.700] 0.600 [0.500, 0.700]",
        "tuned model 4 0.750 [0.650, 0.850] 0.750 [0.650, 0.850]",
    ]


def test_p_values_are_of_the_tuned_model_against_each_other_one():
    events = [*rows("base", "bbaa"), *rows("tuned", "aabb"), *rows("tuned", "bbbb", "validation")]

    # Four rows gained and none lost: twice 1/16.
    assert p_values(events) == {"base": 0.125}


def test_the_last_line_is_plain_numbers():
    assert last_line(RUN, 171.4) == (
        "demo: base=0.5000 prompted=0.6000 tfidf=0.7000 tuned=0.7500 n=4 p=0.0000000025 seconds=171"
    )


def test_no_last_line_without_every_score():
    with pytest.raises(CliError, match="missing: prompted, tfidf"):
        last_line([evaluation("base", 0.5), evaluation("tuned", 0.6), FINISHED], 1.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (1.0, "1"), (1e-7, "0.0000001"), (7.25e-25, "0.000000000000000000000000725")],
)
def test_a_p_value_never_has_an_exponent(value, text):
    assert fixed(value) == text


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("影评: {{x}}", Span(6, 7), "          |         ^"),
        ("\t{{x}}", Span(3, 4), "          | \t  ^"),
        ("{{#if a}}\nb", Span(0, 11), "          | ^^^^^^^^^"),
        ("abc", Span(3, 3), "          |    ^"),
    ],
    ids=["wide characters", "a tab", "two lines", "an empty place"],
)
def test_carets_stand_under_what_they_mean(text, place, line):
    assert carets(text, place).splitlines()[1] == line[4:]
