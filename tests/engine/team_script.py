"""What two processes say to each other, each in a file of a folder; to be started by torchrun."""

import json
import sys
from pathlib import Path

import torch

from tunesmith.engine.distributed import Team, TeamLost, team_of_this_process
from tunesmith.engine.sampler import Drawn
from tunesmith.prompt.encoded import Encoded


def attempt(work):
    """What `work` gives, or what it raises in words."""
    try:
        return work()
    except (TeamLost, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def fail_in(rank: int, team: Team) -> float:
    """Stands for a share that one process cannot do."""
    if team.rank == rank:
        raise ValueError("no room")
    return 1.0


def added(team: Team) -> list[list[float] | None]:
    """Gradients of which one process has two, the other has one, and none has the third."""
    weights = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
    weights[0].grad = torch.tensor([1.0, 2.0]) * (team.rank + 1)
    if team.is_first:
        weights[1].grad = torch.tensor([5.0, 7.0])
    team.add_gradients(weights)
    return [None if weight.grad is None else weight.grad.tolist() for weight in weights]


def spread(team: Team) -> list[float]:
    """A weight that is another one in each process at first."""
    weight = torch.nn.Parameter(torch.full((2,), float(team.rank + 3)))
    team.spread([weight])
    return weight.tolist()


def row(length: int) -> Drawn:
    """A row of so many tokens."""
    mask = (*[False] * (length - 1), True)
    return Drawn(row=Encoded(ids=tuple(range(length)), mask=mask, n_prompt=length - 1))


def main() -> None:
    """Say it all."""
    with team_of_this_process() as team:
        shares = [[len(one.row.ids) for one in team.share(rows)] for rows in ([row(5)], BATCH)]
        said = {
            "rank": team.rank,
            "shares": shares,
            "from_first": team.from_first(lambda: f"rank {team.rank}"),
            "first_fails": attempt(lambda: team.from_first(lambda: fail_in(0, team))),
            "total": team.total(lambda: team.rank + 1.5),
            "second_fails": attempt(lambda: team.total(lambda: fail_in(1, team))),
            "added": added(team),
            "spread": spread(team),
        }
        Path(sys.argv[1], f"{team.rank}.json").write_text(json.dumps(said), encoding="utf-8")


BATCH = [row(length) for length in (9, 3, 7, 5, 4)]

if __name__ == "__main__":
    main()
