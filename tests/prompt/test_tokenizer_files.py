import json
from pathlib import Path

import pytest

from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.tokenizer_files import read_tokenizer_files


def test_a_chat_template_in_another_encoding_is_said(tmp_path: Path):
    (tmp_path / "chat_template.jinja").write_bytes(b"\xff{{ messages }}")

    with pytest.raises(EncodeError, match=r"cannot read .*chat_template\.jinja"):
        read_tokenizer_files(tmp_path)


@pytest.mark.parametrize(
    ("templates", "found"),
    [
        ([{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}], "D"),
        (["D", {"name": "default"}], None),
        ([{"name": "default", "template": 1}], None),
    ],
)
def test_of_several_templates_the_default_counts(
    templates: list[object], found: str | None, tmp_path: Path
):
    config = json.dumps({"chat_template": templates})
    (tmp_path / "tokenizer_config.json").write_text(config)

    assert read_tokenizer_files(tmp_path).chat_template == found
