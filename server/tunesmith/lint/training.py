"""How much a training run will do, by its options and the number of rows."""

import math
from dataclasses import dataclass

from tunesmith.lint.facts import Facts
from tunesmith.wire.spec import DataSpec


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Counts of one run."""

    n_rows: int
    """About so many rows are trained on: which ones are left for that, a job decides."""
    n_steps: int
    n_looks: int
    """At the validation rows."""


def workload(facts: Facts) -> Workload | None:
    """What a run would do; None where the data or the options are not known."""
    options = facts.training
    train = next((file for file in facts.tables if file.key == "train"), None)
    if options is None or train is None or not train.n_rows:
        return None
    own_files = {file.key for file in facts.data}
    share = 1.0
    share -= 0.0 if "validation" in own_files else DataSpec.validation_share
    share -= 0.0 if "test" in own_files else DataSpec.test_share
    n_rows = max(1, round(train.n_rows * share))
    n_rows = min(n_rows, int(options["max_rows"]) or n_rows)
    n_steps = int(options["epochs"]) * math.ceil(n_rows / int(options["batch_size"]))
    n_looks = math.ceil(n_steps / int(options["eval_steps"]))
    return Workload(n_rows=n_rows, n_steps=n_steps, n_looks=n_looks)
