"""The quick ways to names say what the exact one says."""

import random

import pytest

from tunesmith.prompt.parse import parse
from tunesmith.prompt.variables import (
    input_names,
    uses_of,
    variables,
)

PIECES = [
    *("{{a}}", "{{b.c}}", "{{this}}", "{{this.d}}", "{{../e}}", "{{@root.f}}", "{{@index}}"),
    *("{{#if g}}", "{{else if h}}", "{{else}}", "{{/if}}", "{{#each i as |j k|}}", "{{/each}}"),
    *("{{#with l}}", "{{/with}}", "{{#m}}", "{{/m}}", "{{^n}}", "{{/n}}", "{{json j indent=o}}"),
    *("{{upper p}}", "{{#if (lookup q r)}}", "{{#if (shout s)}}", "{{> part t}}", "{{i}}", "x "),
]
PARTIALS = {"part": "{{u}}{{#each v}}{{w}}{{/each}}"}


@pytest.mark.parametrize("seed", range(400))
def test_quick_names_are_the_exact_ones(seed: int):
    chance = random.Random(seed)
    pieces = PIECES if seed % 2 else [piece for piece in PIECES if piece != "{{> part t}}"]
    prompt = parse("".join(chance.choices(pieces, k=chance.randrange(1, 12))))
    exact = variables(prompt, PARTIALS)
    names = frozenset(chance.sample("abdefghijlmnpqrsuv", 6))

    assert uses_of(prompt, PARTIALS, names) == tuple(use for use in exact if use.name in names)
    assert {use.name for use in exact} == input_names(prompt, PARTIALS)
