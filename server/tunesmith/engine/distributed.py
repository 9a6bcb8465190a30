"""Processes of one machine that share each step of a run, one a GPU.

Each holds the whole model and computes the gradient of its part of a batch; then gradients are
added up. torch's DistributedDataParallel does so bucket by bucket while the backward pass runs, and
a process that runs out of memory in the middle would leave the others waiting for ever. Here each
one first finishes its part, in as many pieces as it needs, and a failure reaches all of them.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch
import torch.distributed as dist

from tunesmith.engine.sampler import Drawn

TO_MEET = timedelta(minutes=5)
"""Until all processes have started."""
TO_WAIT = timedelta(days=7)
"""Looks at validation are the first process's, and the others wait however long they take. One that
dies closes its connections, which ends the wait at once."""
BUCKET = 1 << 23
"""Numbers that are added up at once: many small messages are slow, and one large one is a copy."""

Made = TypeVar("Made")


class TeamLost(Exception):
    """Another process of the run has ended, or cannot do its part."""


@dataclass(frozen=True, kw_only=True)
class Team:
    """The processes of a run as one of them sees them. By itself it is a team of one."""

    rank: int = 0
    """From 0; that one alone reports, judges and writes."""
    size: int = 1
    group: dist.ProcessGroup | None = None
    """Through which they talk; None for one by itself."""

    @property
    def is_first(self) -> bool:
        """Whether this process speaks for all."""
        return self.rank == 0

    def share(self, batch: Sequence[Drawn]) -> list[Drawn]:
        """This process's part of a batch: short and long rows alike; may be empty."""
        ordered = sorted(batch, key=lambda drawn: len(drawn.row.ids))
        return ordered[self.rank :: self.size]

    def from_first(self, make: Callable[[], Made]) -> Made:
        """What `make` gives in the first process; the others do not call it, and wait.

        Raises what `make` raises, and TeamLost in the others.
        """
        if self.size == 1:
            return make()
        box: list[object] = [None, False]
        try:
            if self.is_first:
                box = [make(), True]
        finally:
            with _talking():
                dist.broadcast_object_list(box, 0, self.group, device=torch.device("cpu"))
        if not box[1]:
            raise TeamLost("the first process of the run has ended it")
        return cast("Made", box[0])

    def total(self, compute: Callable[[], float]) -> float:
        """The sum of what all processes compute. Where one of them fails, all do.

        Raises what `compute` raises, and TeamLost in the others.
        """
        if self.size == 1:
            return compute()
        number, problem = 0.0, None
        try:
            number = compute()
        except Exception as error:
            problem = error
        said: list[object] = [None] * self.size
        with _talking():
            answer = (number, None if problem is None else str(problem))
            dist.all_gather_object(said, answer, self.group)
        if problem is not None:
            raise problem
        answers = cast("list[tuple[float, str | None]]", said)
        for rank, (_, failure) in enumerate(answers):
            if failure is not None:
                raise TeamLost(f"process {rank} of the run failed: {failure}")
        return sum(number for number, _ in answers)

    def add_gradients(self, weights: Sequence[torch.nn.Parameter]) -> None:
        """Put the sum of all processes' gradients in place of each one's."""
        if self.size == 1:
            return
        with _talking():
            is_used = torch.tensor([weight.grad is not None for weight in weights]).int()
            dist.all_reduce(is_used, group=self.group)
            used = [weight for weight, n in zip(weights, is_used.tolist(), strict=True) if n]
            for bucket in _buckets(used):
                _add_up(bucket, self.group)

    def spread(self, weights: Iterable[torch.Tensor]) -> None:
        """Give the first process's weights to all."""
        if self.size > 1:
            with _talking():
                for weight in weights:
                    dist.broadcast(weight.detach(), 0, self.group)


SOLO = Team()


@contextmanager
def team_of_this_process() -> Iterator[Team]:
    """The team that torchrun started this process for; a team of one without torchrun.

    Raises TeamLost where the others do not come, and where there are fewer GPUs than processes.
    """
    if is_alone():
        yield SOLO
        return
    _end_with_the_launcher()
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    n_gpus = torch.cuda.device_count()
    if n_gpus:
        if size > n_gpus:
            raise TeamLost(f"processes: {size} needs as many GPUs, and this machine has {n_gpus}")
        torch.cuda.set_device(rank)
    # Words go through gloo on any machine; gradients through what is fast between GPUs.
    backend = "cpu:gloo,cuda:nccl" if n_gpus else "gloo"
    with _talking():
        dist.init_process_group(backend, timeout=TO_MEET)
        group = cast("dist.ProcessGroup", dist.new_group(timeout=TO_WAIT))
    try:
        yield Team(rank=rank, size=size, group=group)
    finally:
        dist.destroy_process_group()


def leader_pid() -> int:
    """Of the process that a job is known by: torchrun's, where that started this one."""
    return os.getpid() if is_alone() else os.getppid()


def is_alone() -> bool:
    """Whether this process does its run by itself."""
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


def is_follower() -> bool:
    """Whether another process of the run reports, judges and writes."""
    return not is_alone() and int(os.environ["RANK"]) > 0


def _end_with_the_launcher() -> None:
    """A launcher that is killed takes no process with it, for each has a session of its own."""
    launcher = os.getppid()

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    # torch has no one type for a lost connection.
    except RuntimeError as error:
        raise TeamLost(f"another process of the run is gone ({error}); job.log says why") from error


def _buckets(weights: Sequence[torch.nn.Parameter]) -> Iterator[list[torch.nn.Parameter]]:
    bucket: list[torch.nn.Parameter] = []
    for weight in weights:
        if bucket and sum(one.numel() for one in bucket) + weight.numel() > BUCKET:
            yield bucket
            bucket = []
        bucket.append(weight)
    if bucket:
        yield bucket


def _add_up(bucket: Sequence[torch.nn.Parameter], group: dist.ProcessGroup | None) -> None:
    # A process whose part was empty has no gradient, and takes part with zeros.
    grads = [torch.zeros_like(one) if one.grad is None else one.grad for one in bucket]
    flat = torch.cat([grad.flatten().float() for grad in grads])
    dist.all_reduce(flat, group=group)
    parts = flat.split([grad.numel() for grad in grads])
    for weight, grad, part in zip(bucket, grads, parts, strict=True):
        weight.grad = grad.copy_(part.view_as(grad))
