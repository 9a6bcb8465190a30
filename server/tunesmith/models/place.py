"""What a model's name leads to."""

from dataclasses import dataclass
from pathlib import Path

from tunesmith.wire.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class ModelPlace:
    """Where a model lies, or why it cannot be used and what to do."""

    name: str
    path: Path | None = None
    """Folder of weights and tokenizer; None where it is not on this machine."""
    adapter: Path | None = None
    """Folder of a tuned adapter to put on top, or of a whole model tuned from the one in `path`."""
    quantised: bool = False
    """Its weights are held in 4 bits, as they were when it was tuned."""
    licence: str = "unknown"
    gguf: Path | None = None
    """A file of the user's own that has to be converted first."""
    problem: str | None = None
    """One or two sentences with the command that helps; None exactly where `path` is set."""

    @property
    def spec(self) -> ModelSpec | None:
        """For a job or a preview; None where there is a problem."""
        if self.path is None:
            return None
        adapter = None if self.adapter is None else str(self.adapter)
        return ModelSpec(
            name=self.name, path=str(self.path), adapter=adapter, quantised=self.quantised
        )

    @property
    def size(self) -> int:
        """Bytes on disk."""
        folders = [folder for folder in (self.path, self.adapter) if folder is not None]
        return sum(
            file.stat().st_size for folder in folders for file in folder.iterdir() if file.is_file()
        )
