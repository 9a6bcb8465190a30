"""Held at the beginning of every run: it trains on what `tunesmith tokens` and the editor show."""

from dataclasses import replace
from pathlib import Path

from tunesmith.data.table import Row
from tunesmith.engine.bench import SPLITS, Material
from tunesmith.engine.job_data import JobError
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.example import make_example
from tunesmith.prompt.extension import DataKeys, read_extension
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.wire.spec import JobSpec

N_HELD = 8
"""Rows of each split."""


def refuse_other_tokens(
    spec: JobSpec, prompt: Prompt, encoder: Encoder, material: Material
) -> None:
    """Compare the first rows with those that are shown, ids and mask. Raises JobError."""
    loaded = _loaded(spec, prompt)
    for split in SPLITS:
        rows = material.rows.rows[split][:N_HELD]
        for row, encoded in zip(rows, material.encoded[split], strict=False):
            if _shown_hash(loaded, row, encoder, spec) != encoded.row_hash:
                path = material.rows.paths[split]
                message = (
                    f"{path}, line {row.line}: the tokens to train on are not those that "
                    "`tunesmith tokens` shows. This is a fault of Tunesmith: nothing was trained"
                )
                raise JobError(message, path=path, line=row.line)


def _shown_hash(loaded: LoadedPrompt, row: Row, encoder: Encoder, spec: JobSpec) -> str:
    keys = loaded.extension.data
    example = make_example(loaded, keys.values(row.values) if keys else row.values)
    return encoder.encode(example.messages, example.target, template=spec.template).row_hash


def _loaded(spec: JobSpec, prompt: Prompt) -> LoadedPrompt:
    """The prompt as the command line reads it; what it inherits stands in the job."""
    keys = DataKeys(train=spec.data.train, target=spec.data.target, columns=spec.data.columns)
    return LoadedPrompt(
        path=Path(spec.workspace) / spec.prompt.path,
        prompt=prompt,
        parent=None,
        partials=spec.prompt.partials,
        extension=replace(read_extension(prompt), data=keys),
    )
