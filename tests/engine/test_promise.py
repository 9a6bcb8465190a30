from dataclasses import replace
from pathlib import Path

import pytest

from small_job import make_spec
from tunesmith.engine.bench import Material, prepare
from tunesmith.engine.job_data import JobError, load_rows
from tunesmith.engine.promise import refuse_other_tokens
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.spec import JobSpec

FORMATTED = """{{role "user"}}{{> about}} {{text}}
{{#if sentiment}}{{role "model"}}<{{sentiment}}>{{/if}}"""
ANOTHER_NAME = """---
tunesmith.data: {target: other}
---
{{role "user"}}{{text}} {{#if label}}{{role "model"}}Label: {{label}}{{/if}}"""


def material_of(spec: JobSpec) -> tuple[Encoder, Material]:
    prompt = parse(spec.prompt.text)
    encoder = Encoder.load(Path(spec.model.path)).using(spec.chat_template_kwargs)
    return encoder, prepare(spec, prompt, load_rows(spec, prompt), encoder, lambda: None)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (FORMATTED, {"text": "review"}),
        (ANOTHER_NAME, {"text": "review", "label": "sentiment"}),
        ("{{review}}", {}),
    ],
)
@pytest.mark.parametrize("template", ["chat", "plain"])
def test_a_job_encodes_rows_as_they_are_shown(tmp_path: Path, text, columns, template):
    spec = make_spec(tmp_path)
    spec = replace(
        spec,
        prompt=replace(spec.prompt, text=text, partials={"about": "Say it."}),
        data=replace(spec.data, columns=columns),
        template=template,
    )
    encoder, material = material_of(spec)

    refuse_other_tokens(spec, parse(text), encoder, material)

    assert len(material.encoded["train"]) == 56


def test_rows_with_other_tokens_are_not_trained_on(tmp_path: Path):
    spec = make_spec(tmp_path)
    encoder, material = material_of(spec)
    first, second, *others = material.encoded["train"]
    wrong = replace(first, mask=(True, *first.mask[1:]))
    encoded = {**material.encoded, "train": [wrong, second, *others]}
    row = material.rows.rows["train"][0]

    with pytest.raises(JobError) as caught:
        refuse_other_tokens(
            spec, parse(spec.prompt.text), encoder, replace(material, encoded=encoded)
        )

    assert str(caught.value).startswith(f"reviews.csv, line {row.line}: the tokens to train on")
    assert (caught.value.path, caught.value.line) == ("reviews.csv", row.line)
