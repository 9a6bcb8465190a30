import subprocess
import sys
from pathlib import Path

PROMPT = """---
tunesmith.task: classification
tunesmith.data: {train: NAME, target: label}
---
Positive or negative? {{review}}
"""
MEASURE = """
import resource, sys
from pathlib import Path
from tunesmith.analysis.cache import Cache
from tunesmith.analysis.check import check_data
from tunesmith.lint import near_rows
from tunesmith.lint.selection import Selection
from tunesmith.prompt.files import load_prompt

near_rows.MOST_ROWS = 500
rules = Selection(only=frozenset(sys.argv[2:]))
root = Path(sys.argv[1])
text = (root / "films.prompt").read_text()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

for name in ("small.csv", "large.csv"):
    before = peak()
    loaded = load_prompt(text.replace("NAME", name), root / "films.prompt", root)
    found = check_data(loaded, root, rules, cache=Cache())
print(peak() - before, *sorted({finding.rule for finding in found}))
"""

RULES = (
    "class-imbalance",
    "duplicate-rows",
    "empty-target",
    "empty-value",
    "encoding",
    "label-conflict",
    "labels-not-listed",
    "leak-near",
    "near-duplicate-rows",
)


def test_the_rows_are_not_held(tmp_path: Path):
    (tmp_path / "films.prompt").write_text(PROMPT)
    for name, n_rows in (("small.csv", 400), ("large.csv", 20_000)):
        rows = (f'"{n} {"a film " * 430}",{n % 2}\n' for n in range(n_rows))
        (tmp_path / name).write_text("review,label\n" + "".join(rows))
    assert (tmp_path / "large.csv").stat().st_size > 60_000_000

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path), *RULES],
        capture_output=True,
        text=True,
        check=True,
    )

    grown, *found = done.stdout.split()
    kilobytes = int(grown) // (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 20_000
    assert found == ["labels-not-listed", "near-duplicate-rows"]
