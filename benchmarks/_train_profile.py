"""What a step on the shared path spends its time on, and how close it comes to what the CPU can do.

The kernels' own times are a profiler's; the seconds that shares and speeds refer to are those of
the same step without it.
"""

import statistics
import time
from collections.abc import Sequence

import torch
from torch.autograd.profiler_util import EventList
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks._train_steps import Shape, chosen_path, cpu_s, in_pieces
from tunesmith.engine.models import LoadedModel

SHAPE = Shape(prefix=256, rows=8, own=32)
_MATMUL_SIZE = 1024
_N_TRIALS = 5
_PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm")
_ATTENTION = "scaled_dot_product"
_KINDS: tuple[str, ...] = ("matmul", "attention", "head", "elementwise", "autograd")


def peaks() -> dict[str, float]:
    """GFLOP/s of a large product on one thread, by number format: the best of a few."""
    formats = {"fp32": torch.float32, "bf16": torch.bfloat16}
    return {f"peak_{name}_gflops": _peak(dtype) for name, dtype in formats.items()}


def _peak(dtype: torch.dtype) -> float:
    one = torch.randn(_MATMUL_SIZE, _MATMUL_SIZE).to(dtype)
    torch.mm(one, one)
    seconds: list[float] = []
    for _ in range(_N_TRIALS):
        started = time.thread_time()
        for _ in range(_N_TRIALS):
            torch.mm(one, one)
        seconds.append(time.thread_time() - started)
    return _N_TRIALS * 2 * _MATMUL_SIZE**3 / min(seconds) / 1e9


def measure(loaded: LoadedModel, peak: float, n_times: int) -> dict[str, float]:
    """Shares of a step's time, which add up to one, and of `peak`, which is in GFLOP/s."""
    path = chosen_path(loaded, SHAPE)
    batches = in_pieces(loaded, SHAPE.make(), path)
    cpu_s(loaded, path, batches)
    step_s = statistics.median(cpu_s(loaded, path, batches) for _ in range(n_times))
    with FlopCounterMode(display=False) as counter:
        cpu_s(loaded, path, batches)
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiler:
        cpu_s(loaded, path, batches)
    shares = _shares(profiler.key_averages(group_by_input_shape=True), _vocabulary(loaded))
    gflops = counter.get_total_flops() / step_s / 1e9
    return {**shares, "step_gflops": gflops, "step_of_peak": gflops / peak}


def _vocabulary(loaded: LoadedModel) -> int:
    return int(loaded.base.config.get_text_config().vocab_size)


def _shares(events: EventList, n_vocabulary: int) -> dict[str, float]:
    """Where the profiler saw the CPU, by kind of work."""
    spent = dict.fromkeys(_KINDS, 0.0)
    for event in events:
        kind = _kind(event.key, event.input_shapes, n_vocabulary)
        spent[kind] += event.self_cpu_time_total
    whole = sum(spent.values())
    return {f"share_{kind}": seconds / whole for kind, seconds in spent.items()}


def _kind(name: str, shapes: Sequence[object], n_vocabulary: int) -> str:
    if any(isinstance(shape, list) and n_vocabulary in shape for shape in shapes):
        return "head"
    if name in _PRODUCTS:
        return "matmul"
    if _ATTENTION in name:
        return "attention"
    # Nodes of the graph, and the engine that walks it, do no arithmetic of their own.
    return "elementwise" if name.startswith("aten::") else "autograd"
