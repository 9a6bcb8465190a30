"""What this Python can compute with: `python -m tunesmith.engine.probe` prints it as JSON."""

import json
from importlib.metadata import version

import torch

from tunesmith.engine.device import pick_device, pick_dtype

LIBRARIES = ("torch", "transformers", "peft", "accelerate", "safetensors", "scikit-learn", "scipy")


def main() -> None:
    """Print one JSON object."""
    device = pick_device()
    found = {
        "versions": {library: version(library) for library in LIBRARIES},
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "dtype": str(pick_dtype(device)).removeprefix("torch."),
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
