"""Whether an error means that memory is full, on whatever device."""

import torch
from accelerate.utils.memory import should_reduce_batch_size

MORE_SIGNS = ("CUBLAS_STATUS_ALLOC_FAILED", "CUDA error: out of memory")
"""Beside those that accelerate knows."""


class MemoryFull(Exception):
    """Not even the smallest piece of work fits into memory."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether less work at once could go through where this failed."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return should_reduce_batch_size(error) or any(sign in str(error) for sign in MORE_SIGNS)
