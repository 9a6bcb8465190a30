"""What every process of a run but the first does: its part of each step, and nothing else.

It reads no data and writes no file. Rows and options come from the first process, so that nothing
can differ between them.
"""

import sys
import traceback
from dataclasses import dataclass, replace
from typing import Any

import torch

from tunesmith.engine.distributed import Team, TeamLost, team_of_this_process
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import load_model
from tunesmith.engine.sampler import Sampler
from tunesmith.engine.train import Diverged, Hooks, LoopOptions, train
from tunesmith.engine.train_state import Standing, restore_state
from tunesmith.wire.spec import JobSpec


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the first process tells the others once it is ready to train."""

    sampler: Sampler
    options: LoopOptions
    standing: Standing | None


def follow(spec: JobSpec) -> int:
    """Train along until the first process ends the run; the exit status of this one."""
    try:
        with team_of_this_process() as team:
            _train_along(spec, team)
    except (TeamLost, Diverged):
        # The first process knows it too, and says so.
        return 0
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return 1
    return 0


def _train_along(spec: JobSpec, team: Team) -> None:
    dtype: torch.dtype = team.from_first(_wait)
    loaded = load_model(spec.model, dtype=dtype)
    torch.manual_seed(spec.seed)
    adapted = tuning_methods()[spec.method].attach(loaded.base, spec.train)
    shared: Shared = team.from_first(_wait)
    standing = shared.standing
    hooks = Hooks(
        report=lambda _event: None,
        judge=_wait,
        keep=lambda _step, _judgement: None,
        save=lambda _progress, _optimizer: None,
        restore=lambda optimizer: standing and restore_state(standing, adapted, optimizer),
        check_cancel=lambda: None,
    )
    loaded = replace(loaded, model=adapted, is_tuned=True)
    train(loaded, shared.sampler, shared.options, hooks=hooks, team=team)


def _wait(*_: object) -> Any:
    """Stands where the first process makes something; it is never called."""
    raise AssertionError
