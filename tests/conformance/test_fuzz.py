"""Random templates render as in the Handlebars of Dotprompt's Python runtime.

FUZZ_TEMPLATES says how many are tried. Where the two differ, the cause is one of those described in
`docs/differences.md`.
"""

import os
from collections import Counter
from pathlib import Path

from peer import CAUSES, agree, explain, ours
from templates import sample

N_TEMPLATES = int(os.environ.get("FUZZ_TEMPLATES", "2000"))
DIFFERENCES = Path(__file__).parents[2] / "docs" / "differences.md"
LINE_CAUSES = ("inverse-with-else", "else-if-lines")


def test_every_difference_is_explained():
    causes = Counter[str | None]()
    unexplained: list[tuple[int, str]] = []
    for seed in range(N_TEMPLATES):
        one = sample(seed)
        if agree(one):
            causes["none"] += 1
        else:
            cause = explain(one)
            causes[cause] += 1
            if cause is None:
                unexplained.append((seed, one.template))
    print(dict(causes.most_common()))

    assert unexplained == []
    # Were most of them refused or different, little would have been compared.
    assert causes["none"] > N_TEMPLATES // 2


def test_nothing_is_refused():
    assert [seed for seed in range(300) if ours(sample(seed)) is None] == []


def test_every_cause_is_described():
    text = DIFFERENCES.read_text(encoding="utf-8")

    for cause in (*(cause.name for cause in CAUSES), *LINE_CAUSES):
        assert f"### {cause}\n" in text
