"""The libraries that a run's numbers depend on."""

from importlib.metadata import version

LIBRARIES = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "tokenizers",
    "safetensors",
    "scikit-learn",
)


def library_versions() -> dict[str, str]:
    """Which version of each is installed."""
    return {name: version(name) for name in LIBRARIES}
