"""Models from the Hugging Face hub, through its own client (`HF_ENDPOINT`, tokens, its cache)."""

from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from tunesmith.download import DownloadError

WANTED = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "*.txt", "README.md"]


def pull_from_hub(repository: str) -> None:
    """Bring weights, tokenizer and card into the hub's cache; never pickles, never code.

    Raises DownloadError.
    """
    try:
        snapshot_download(repository, allow_patterns=WANTED)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise DownloadError(f"{repository} could not be fetched from the hub: {error}") from error
