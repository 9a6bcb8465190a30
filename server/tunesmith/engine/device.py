"""Which device a model goes to, and in which number format it is fast there and still right."""

import time
from functools import cache

import torch
from peft import PeftModel
from transformers import PreTrainedModel

N_TRIALS = 5


def pick_device(wanted: str = "auto") -> torch.device:
    """`auto`: a GPU where there is one, else the CPU."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the hardware computes in it, else fp32; never fp16, which is slow on CPUs."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = device.type == "cpu" and _bf16_is_faster_on_cpu()
    return torch.bfloat16 if fast else torch.float32


def mixes(device: torch.device) -> bool:
    """Whether a model all of whose weights learn is computed with in bf16, though they are fp32.

    What a small step adds to a weight would be lost in bf16, and products in fp32 take many times
    as long on a GPU.
    """
    return device.type == "cuda" and pick_dtype(device) == torch.bfloat16


def is_mixed(model: PreTrainedModel | PeftModel) -> bool:
    """Whether this is such a model, on such a device."""
    is_whole = not isinstance(model, PeftModel) and model.dtype == torch.float32
    return is_whole and mixes(model.device)


@cache
def _bf16_is_faster_on_cpu() -> bool:
    # No flag says it reliably for every CPU and build of torch, so one product of the size that a
    # small model does is timed in both formats. One thread and its own CPU time, so that the
    # answer is the same on a busy machine.
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _matmul_s(torch.bfloat16) < _matmul_s(torch.float32)
    finally:
        torch.set_num_threads(n_threads)


def _matmul_s(dtype: torch.dtype) -> float:
    """Seconds of the fastest of a few products."""
    left, right = torch.ones(128, 768, dtype=dtype), torch.ones(768, 2048, dtype=dtype)
    return min(_once_s(left, right) for _ in range(N_TRIALS))


def _once_s(left: torch.Tensor, right: torch.Tensor) -> float:
    started = time.thread_time()
    torch.mm(left, right)
    return time.thread_time() - started
