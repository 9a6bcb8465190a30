"""What this Python can compute with: `python -m tunesmith.engine.probe` prints it as JSON."""

import json

import torch

from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.engine.libraries import library_versions


def main() -> None:
    """Print one JSON object."""
    device = pick_device()
    found = {
        "versions": library_versions(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "dtype": str(pick_dtype(device)).removeprefix("torch."),
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
