"""Which rows a step learns from: pure in seed and epoch, balanced on demand, wordings by turns."""

from collections import Counter

import pytest

from small_job import make_spec, reviews, run_job
from tunesmith.engine.sampler import Drawn, Sampler, TrainRow
from tunesmith.prompt.encoded import Encoded


def encoded(number: int) -> Encoded:
    return Encoded(ids=(number,), mask=(True,), n_prompt=0)


def rows_of(labels: str, n_wordings: int = 1) -> list[TrainRow]:
    """A row for each letter, its class; token 100 * wording + place."""
    return [
        TrainRow(
            wordings=tuple(encoded(100 * wording + place) for wording in range(n_wordings)),
            label=label,
        )
        for place, label in enumerate(labels)
    ]


def sampler_of(labels: str, balance: str, *, seed: int = 0, n_wordings: int = 1) -> Sampler:
    rows = rows_of(labels, n_wordings)
    return Sampler.of(rows, {"balance": balance, "batch_size": 4}, seed)


def drawn(sampler: Sampler, epoch: int = 0) -> list[Drawn]:
    return [one for batch in sampler.batches(epoch) for one in batch]


def ids(sampler: Sampler, epoch: int = 0) -> list[int]:
    return [one.row.ids[0] for one in drawn(sampler, epoch)]


@pytest.mark.parametrize("balance", ["none", "weights", "oversample"])
def test_the_order_follows_from_seed_and_epoch_alone(balance):
    sampler = sampler_of("aaaaaaabb", balance, n_wordings=3)

    assert ids(sampler, 1) == ids(sampler_of("aaaaaaabb", balance, n_wordings=3), 1)
    assert ids(sampler, 1) != ids(sampler, 2)
    assert ids(sampler, 1) != ids(sampler_of("aaaaaaabb", balance, seed=1, n_wordings=3), 1)


@pytest.mark.parametrize(
    ("balance", "labels", "n_draws", "n_steps"),
    [
        ("none", "aaaaaaabb", 9, 3),
        ("weights", "aaaaaaabb", 9, 3),
        ("oversample", "aaaaaaabb", 14, 4),
        ("oversample", "aaabbbccc", 9, 3),
        ("oversample", "aaa", 3, 1),
    ],
)
def test_the_number_of_steps_is_exact(balance, labels, n_draws, n_steps):
    sampler = sampler_of(labels, balance)

    assert sampler.n_draws == len(drawn(sampler)) == n_draws
    assert sampler.n_steps == len(list(sampler.batches(0))) == n_steps


def test_every_row_is_drawn_once_where_nothing_is_balanced():
    assert sorted(ids(sampler_of("aaaaaaabb", "none"))) == list(range(9))


def test_weights_make_classes_count_the_same_and_keep_the_mean():
    rows = sampler_of("aaaaaaabbc", "weights").rows

    by_class: Counter[str] = Counter()
    for row in rows:
        by_class[row.label] += row.weight  # pyright: ignore[reportArgumentType]
    assert {label: round(total, 9) for label, total in by_class.items()} == {
        "a": 3.333333333,
        "b": 3.333333333,
        "c": 3.333333333,
    }
    assert sum(row.weight for row in rows) / len(rows) == pytest.approx(1)


def test_rarer_classes_are_drawn_again_until_all_are_equal():
    found = Counter(ids(sampler_of("aaaaaaabb", "oversample")))

    assert [found[place] for place in range(7)] == [1] * 7
    assert sorted([found[7], found[8]]) == [3, 4]


def test_each_wording_comes_once_before_any_comes_again():
    sampler = sampler_of("ab", "none", n_wordings=3)

    seen = [sorted(ids(sampler, epoch)) for epoch in range(3)]

    assert sorted(number for epoch in seen for number in epoch) == [0, 1, 100, 101, 200, 201]
    assert all({number % 100 for number in epoch} == {0, 1} for epoch in seen)


def test_a_row_that_is_drawn_again_comes_in_another_wording():
    found = Counter(ids(sampler_of("aaab", "oversample", n_wordings=3)))

    assert [found[number] for number in (3, 103, 203)] == [1, 1, 1]


@pytest.mark.parametrize(("balance", "n_steps"), [("weights", 7), ("oversample", 11)])
def test_a_job_plans_the_steps_it_takes(tmp_path, balance, n_steps):
    lines = reviews(120).splitlines()
    rare = [line for line in lines if line.endswith("negative")][:15]
    csv = "\n".join([lines[0], *(one for one in lines[1:] if one.endswith("positive")), *rare])

    _, state = run_job(make_spec(tmp_path, csv, epochs=1, balance=balance))

    assert state.status == "finished"
    assert state.plan and state.plan.n_steps == n_steps
    assert state.step and (state.step.step, state.step.n_steps) == (n_steps, n_steps)
