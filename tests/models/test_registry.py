"""Model names: what they lead to, and what is said where they lead nowhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tunesmith.models.builtin import BUILTINS, Builtin
from tunesmith.models.gguf import converted_folder
from tunesmith.models.manifest import Manifest, list_files, write_manifest
from tunesmith.models.registry import available, resolve
from tunesmith.wire.codec import dumps
from tunesmith.wire.spec import DataSpec, JobSpec, ModelSpec, PromptSpec

BUILTIN = "builtin/smollm2-135m-instruct"
FILES = {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights"}


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNESMITH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def write_files(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def write_builtin(model: Builtin) -> Path:
    folder = write_files(model.folder, FILES)
    manifest = Manifest(
        model=model.name,
        source=model.requirement,
        source_sha256=model.member_sha256,
        licence=model.licence,
        versions={},
        files=list_files(folder),
    )
    write_manifest(folder, manifest)
    return folder


def write_hub(tmp_path: Path, repository: str, files: dict[str, str]) -> Path:
    """The layout that the hub's own client makes."""
    home = tmp_path / "hub" / f"models--{repository.replace('/', '--')}"
    write_files(home / "refs", {"main": "abc123"})
    return write_files(home / "snapshots" / "abc123", files)


def write_run(workspace: Path, base: Path) -> Path:
    run = workspace / ".tunesmith" / "runs" / "r1"
    spec = JobSpec(
        run_id="r1",
        kind="train",
        workspace=str(workspace),
        prompt=PromptSpec(path="a.prompt", text="", render_hash="0", settings_hash="0"),
        data=DataSpec(train="a.csv", target="label", labels=("a", "b"), fingerprint="0"),
        model=ModelSpec(name=BUILTIN, path=str(base)),
        task="classification",
        template="chat",
        method="lora",
        train={},
        eval={},
        seed=0,
        command="tunesmith tune a.prompt",
        version="0.1.0",
    )
    write_files(run, {"spec.json": dumps(spec)})
    return run


def test_a_builtin_model_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    place = resolve(BUILTIN, workspace=tmp_path)

    assert (place.path, place.spec, place.licence) == (None, None, "Apache-2.0")
    assert (
        place.problem
        == f"{BUILTIN} is not on this machine yet: run `tunesmith models pull {BUILTIN}`"
    )


def test_a_builtin_model_that_is_here(tmp_path: Path) -> None:
    folder = write_builtin(BUILTINS[BUILTIN])

    place = resolve(BUILTIN, workspace=tmp_path)

    assert place.spec == ModelSpec(name=BUILTIN, path=str(folder))
    assert place.problem is None


def test_a_builtin_model_that_lost_a_part_is_not_used(tmp_path: Path) -> None:
    weights = write_builtin(BUILTINS[BUILTIN]) / "model.safetensors"
    weights.write_text("wei", encoding="utf-8")

    problem = resolve(BUILTIN, workspace=tmp_path).problem

    assert problem is not None
    assert str(weights) in problem
    assert f"tunesmith models pull {BUILTIN}" in problem


def test_a_model_in_the_hub_cache_is_found_without_a_network(tmp_path: Path) -> None:
    card = "---\nlanguage: en\nlicense: mit\n---\nA model.\n"
    snapshot = write_hub(tmp_path, "some/model", {**FILES, "README.md": card})

    place = resolve("hf/some/model", workspace=tmp_path)

    assert (place.path, place.licence, place.problem) == (snapshot, "mit", None)


def test_a_hub_model_that_is_not_in_the_cache(tmp_path: Path) -> None:
    place = resolve("hf/some/model", workspace=tmp_path)

    assert place.problem == (
        "hf/some/model is not on this machine yet: run `tunesmith models pull hf/some/model`"
    )


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    files = {"config.json": "{}", "tokenizer.json": "{}", "pytorch_model.bin": "pickle"}
    write_files(tmp_path / "mine", files)

    place = resolve("local/mine", workspace=tmp_path)

    assert place.path is None
    assert place.problem is not None
    assert "weights in pickles (*.bin, *.pt) are never loaded" in place.problem


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    index = '{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}}'
    files = {"config.json": "{}", "tokenizer.json": "{}", "model-1-of-2.safetensors": ""}
    folder = write_files(tmp_path / "mine", {**files, "model.safetensors.index.json": index})

    place = resolve("local/mine", workspace=tmp_path)

    assert place.problem == f"{folder} lacks model-2-of-2.safetensors"


@pytest.mark.parametrize("name", ["local/mine", "local/mine/model.gguf"])
def test_gguf_says_how_it_is_converted(name: str, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", {"model.gguf": ""})

    place = resolve(name, workspace=tmp_path)

    assert place.gguf == folder / "model.gguf"
    assert place.problem == (
        f"{name} is GGUF, which is converted once: run `tunesmith models pull {name}`"
    )


def test_of_several_gguf_files_one_has_to_be_named(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", {"a.gguf": "", "b.gguf": ""})

    place = resolve("local/mine", workspace=tmp_path)

    assert place.gguf is None
    assert place.problem == (
        f"{folder} holds GGUF only: name one file of it, such as local/{folder}/a.gguf"
    )
    assert resolve(f"local/{folder}/a.gguf", workspace=tmp_path).gguf == folder / "a.gguf"


def test_another_gguf_file_of_the_same_name_is_another_model(tmp_path: Path) -> None:
    file = write_files(tmp_path / "mine", {"model.gguf": "one"}) / "model.gguf"
    write_files(converted_folder(file), FILES)
    assert resolve("local/mine", workspace=tmp_path).path == converted_folder(file)

    file.write_text("other")

    assert resolve("local/mine", workspace=tmp_path).gguf == file


def test_local_folders_are_relative_to_the_workspace_or_absolute(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", FILES)

    assert resolve("local/mine", workspace=tmp_path).path == folder
    assert resolve(f"local/{folder}", workspace=tmp_path / "elsewhere").path == folder


def test_a_run_leads_to_its_base_model_and_its_adapter(tmp_path: Path) -> None:
    base = write_builtin(BUILTINS[BUILTIN])
    run = write_run(tmp_path, base)
    adapter = write_files(run / "adapter", {"adapter_model.safetensors": "weights"})

    place = resolve("run/r1", workspace=tmp_path)

    assert place.spec == ModelSpec(name="run/r1", path=str(base), adapter=str(adapter))


def test_a_run_without_an_adapter(tmp_path: Path) -> None:
    write_run(tmp_path, write_builtin(BUILTINS[BUILTIN]))

    problem = resolve("run/r1", workspace=tmp_path).problem

    assert problem == "run/r1 has no adapter: the run was ended before its first checkpoint"


@pytest.mark.parametrize(
    "name", ["gpt-4", "builtin/none", "hf/", "local/", "run/", "", "googleai/gemini-2.5-flash"]
)
def test_a_name_that_is_none_of_ours(name: str, tmp_path: Path) -> None:
    problem = resolve(name, workspace=tmp_path).problem

    assert problem == (
        f'no model is called "{name}": use {BUILTIN}, hf/OWNER/NAME, local/PATH or run/ID'
    )


@pytest.mark.parametrize(
    "break_it",
    [
        lambda run: (run / "spec.json").unlink(),
        lambda run: (run / "spec.json").write_bytes(b"\xff\xfe"),
        lambda run: (run / "spec.json").write_text("{}", encoding="utf-8"),
    ],
)
def test_a_broken_run_is_a_problem_and_no_exception(
    break_it: Callable[[Path], object], tmp_path: Path
) -> None:
    break_it(write_run(tmp_path, tmp_path))

    problem = resolve("run/r1", workspace=tmp_path).problem

    assert problem is not None
    assert problem.startswith("run/r1 is no run of this workspace: ")


def test_the_list_shows_what_is_known_and_what_is_cached(tmp_path: Path) -> None:
    base = write_builtin(BUILTINS[BUILTIN])
    write_hub(tmp_path, "some/model", FILES)
    write_hub(tmp_path, "some/data-only", {"README.md": ""})
    write_files(write_run(tmp_path, base) / "adapter", {"adapter_model.safetensors": "weights"})

    places = list(available(workspace=tmp_path))

    assert [place.name for place in places] == [BUILTIN, "hf/some/model", "run/r1"]
    assert places[1].size == sum(map(len, FILES.values()))
