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
from tunesmith.prompt.parse import parse
from tunesmith.wire.spec import JobSpec, PromptSpec

N_HELD = 8
"""Rows of each split."""


def refuse_other_tokens(
    spec: JobSpec, prompt: Prompt, encoder: Encoder, material: Material
) -> None:
    """Compare the first rows with those that are shown, ids and mask. Raises JobError."""
    loaded = _loaded(spec, spec.prompt, prompt)
    variants = [_loaded(spec, variant, parse(variant.text)) for variant in spec.variants]
    for split in SPLITS:
        for index, row in enumerate(material.rows.rows[split][:N_HELD]):
            trained = (material.encoded[split][index], *material.variants(split, index))
            shown = (loaded, *variants)
            if any(
                _shown_hash(prompt, row, encoder, spec) != encoded.row_hash
                for prompt, encoded in zip(shown, trained, strict=False)
            ):
                path = material.rows.paths[split]
                message = (
                    f"{path}, line {row.line}: the tokens to train on are not those that "
                    "`tunesmith tokens` shows. This is a fault of Tunesmith: nothing was trained"
                )
                raise JobError(message, path=path, line=row.line)


def _shown_hash(loaded: LoadedPrompt, row: Row, encoder: Encoder, spec: JobSpec) -> str:
    keys = loaded.extension.data
    example = make_example(loaded, keys.values(row.given) if keys else row.given)
    return encoder.encode(example.messages, example.target, template=spec.template).row_hash


def _loaded(spec: JobSpec, described: PromptSpec, parsed: Prompt) -> LoadedPrompt:
    """A prompt as the command line reads it; what it inherits stands in the job."""
    keys = DataKeys(train=spec.data.train, target=spec.data.target, columns=spec.data.columns)
    return LoadedPrompt(
        path=Path(spec.workspace) / described.path,
        prompt=replace(parsed, defaults=described.defaults),
        parent=None,
        partials=described.partials,
        extension=replace(read_extension(parsed), data=keys),
    )
