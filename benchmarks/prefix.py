"""What sharing the prefix gains, by its length and by that of what stands behind it.

`python -m benchmarks.prefix [--quick] [--json]`

For batches of eight rows: how many times fewer tokens a run computes than on the plain path, and
how many times faster a step is, in CPU seconds of one thread. Unless it is quick, it puts both
into `docs/prefix-sharing.md` and draws them.
"""

import argparse
import json
import statistics
from collections import Counter
from collections.abc import Sequence

import torch

from benchmarks._prefix_page import Cell, write_page
from benchmarks._train_steps import PATHS, Shape, chosen_path, cpu_s, in_pieces, load
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.paths import Batch, ForwardPath

N_ROWS = 8
PREFIXES = (0, 16, 64, 256, 1024)
OWN = (16, 32, 128, 512)
QUICK_PREFIXES, QUICK_OWN = (64, 256), (32,)


def measure(*, is_quick: bool) -> list[Cell]:
    """One cell for each pair of lengths. Raises SystemExit where a fallback path was taken."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    loaded = load()
    prefixes, own = (QUICK_PREFIXES, QUICK_OWN) if is_quick else (PREFIXES, OWN)
    cells: list[Cell] = []
    for prefix in prefixes:
        for length in own:
            cells.append(_cell(loaded, prefix, length, 1 if is_quick else 3))
            _show(cells[-1])
    return cells


def _cell(loaded: LoadedModel, prefix: int, own: int, n_times: int) -> Cell:
    shape = Shape(prefix=prefix, rows=N_ROWS, own=own)
    path, rows = chosen_path(loaded, shape), shape.make()
    shared, plain = in_pieces(loaded, rows, path), in_pieces(loaded, rows, PATHS["plain"])
    # The first step of a shape also pays for its memory.
    cpu_s(loaded, path, shared[:1])
    ratios = [
        _step_s(loaded, PATHS["plain"], plain) / _step_s(loaded, path, shared)
        for _ in range(n_times)
    ]
    n_computed = sum(batch.n_shared + batch.n_own for batch in shared)
    factor = sum(len(row.ids) for row in rows) / n_computed
    return Cell(prefix=prefix, own=own, factor=factor, speedup=statistics.median(ratios))


def _step_s(loaded: LoadedModel, path: ForwardPath, batches: Sequence[Batch]) -> float:
    """Seconds of a step; of pieces with the same shape, one is timed and counted for all."""
    n_alike = Counter(len(batch.rows) for batch in batches)
    one_of = {len(batch.rows): batch for batch in batches}
    return sum(n * cpu_s(loaded, path, [one_of[size]]) for size, n in n_alike.items())


def _show(cell: Cell) -> None:
    print(
        f"prefix {cell.prefix:5}, rows {cell.own:4}: "
        f"{cell.factor:5.2f} times fewer tokens, {cell.speedup:5.2f} times faster",
        flush=True,
    )


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute; writes no page")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    asked = parser.parse_args()
    cells = measure(is_quick=asked.quick)
    if not asked.quick:
        write_page(cells, n_rows=N_ROWS)
    if asked.json:
        numbers: dict[str, float] = {}
        for cell in cells:
            name = f"p{cell.prefix}_s{cell.own}"
            numbers[f"factor_{name}"] = round(cell.factor, 3)
            numbers[f"speedup_{name}"] = round(cell.speedup, 3)
        print(json.dumps(numbers))


if __name__ == "__main__":
    main()
