"""A job as a plain TRL script with its data: `python -m tunesmith.engine.eject`.

Reads one `EjectRun` from stdin and prints one `Written` or `NotWritten`.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tunesmith.engine.bench import Material, prepare
from tunesmith.engine.device import mixes, pick_device, pick_dtype
from tunesmith.engine.eject_script import METHODS, write_script
from tunesmith.engine.job_data import JobError, load_rows
from tunesmith.engine.promise import refuse_other_tokens
from tunesmith.engine.sampler import Sampler
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.parse import parse
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.export import EjectRun, NotWritten, Written
from tunesmith.wire.spec import JobSpec

TESTED = {"trl": "1.16.0", "datasets": "5.2.0"}
"""What the script was written for, where it is not installed here."""
IGNORED = -100
"""The label of a token that is not learned."""


def main() -> int:
    """Answer the one request on stdin."""
    request = loads(EjectRun, sys.stdin.readline())
    # What libraries print must not be taken for the answer.
    with redirect_stdout(sys.stderr):
        try:
            answer = eject(request)
        except (JobError, EncodeError, OSError, ValueError) as error:
            answer = NotWritten(problem=str(error))
    print(dumps(answer))
    return 0 if isinstance(answer, Written) else 1


def eject(request: EjectRun) -> Written:
    """Write the folder and check its rows. Raises JobError, EncodeError, OSError or ValueError."""
    spec, folder = request.spec, Path(request.folder)
    if reason := _inexpressible(spec):
        raise JobError(f"{spec.prompt.path} cannot be ejected: {reason}")
    material = _material(spec)
    sampler = Sampler.of(material.train, spec.train, spec.seed)
    rows, orders = _drawn(sampler, int(spec.train["epochs"]))
    (folder / "data").mkdir(parents=True)
    _write_rows(folder / "data" / "train.jsonl", rows)
    _write_rows(folder / "data" / "validation.jsonl", material.encoded["validation"])
    _write_lines(folder / "data" / "order.jsonl", orders)
    n_steps = sampler.n_steps * len(orders)
    is_mixed = spec.method == "full" and mixes(pick_device())
    script = write_script(spec, _dtype(spec), n_steps, is_mixed=is_mixed)
    (folder / "train.py").write_text(script, encoding="utf-8")
    (folder / "requirements.txt").write_text("\n".join(_requirements(spec)) + "\n")
    (folder / "README.md").write_text("\n".join(_readme(spec)) + "\n", encoding="utf-8")
    return Written(lines=tuple(_told(folder, rows, n_steps)))


def _inexpressible(spec: JobSpec) -> str | None:
    """What of a job TRL has no option for; None where it has all."""
    if spec.method not in METHODS:
        return f"TRL and PEFT are not known to have {spec.method}"
    if spec.train["balance"] == "weights":
        return "TRL has no weights for classes; with balance: oversample it can be"
    if spec.train["loss"] == "row":
        return "TRL counts tokens, not rows, so loss: row cannot be had there"
    return None


def _material(spec: JobSpec) -> Material:
    """The rows as a job would see them."""
    prompt = replace(parse(spec.prompt.text), defaults=spec.prompt.defaults)
    encoder = Encoder.load(Path(spec.model.path)).using(spec.chat_template_kwargs)
    rows = load_rows(spec, prompt)
    material = prepare(spec, prompt, rows, encoder, lambda: None)
    refuse_other_tokens(spec, prompt, encoder, material)
    return material


def _drawn(sampler: Sampler, n_epochs: int) -> tuple[list[Encoded], list[list[int]]]:
    """Every wording that is drawn, once; and for each epoch, which of them, in order."""
    numbers: dict[int, int] = {}
    rows: list[Encoded] = []
    orders: list[list[int]] = []
    for epoch in range(n_epochs):
        orders.append([])
        for drawn in (one for batch in sampler.batches(epoch) for one in batch):
            if id(drawn.row) not in numbers:
                numbers[id(drawn.row)] = len(rows)
                rows.append(drawn.row)
            orders[-1].append(numbers[id(drawn.row)])
    return rows, orders


def _write_rows(path: Path, rows: Sequence[Encoded]) -> None:
    lines = [
        {"input_ids": row.ids, "labels": _labels(row), "row_hash": row.row_hash} for row in rows
    ]
    _write_lines(path, lines)


def _labels(row: Encoded) -> list[int]:
    pairs = zip(row.ids, row.mask, strict=True)
    return [token if trained else IGNORED for token, trained in pairs]


def _write_lines(path: Path, lines: Sequence[object]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _dtype(spec: JobSpec) -> str:
    """The number format of the model's weights, as a job on this machine would have it."""
    dtype = "float32" if spec.method == "full" else str(pick_dtype(pick_device()))
    return dtype.removeprefix("torch.")


def _told(folder: Path, rows: Sequence[Encoded], n_steps: int) -> Iterator[str]:
    yield f"train.py with {len(rows)} rows to train on, {n_steps} steps"
    if find_spec("trl") is None or find_spec("datasets") is None:
        yield "TRL is not installed here: train.py compares tokens and masks before its first step"
        return
    _compare(folder, rows)
    yield f"TRL {version('trl')} gives a model the same token ids and mask for all {len(rows)} rows"


def _compare(folder: Path, rows: Sequence[Encoded]) -> None:
    """Read the rows back and have TRL make batches of them. Raises JobError for any difference."""
    # Not at the top: neither belongs to the engine, and most machines have neither.
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    collate = DataCollatorForLanguageModeling(pad_token_id=0)
    lines = (folder / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    for line, row in zip(lines, rows, strict=True):
        batch = collate([json.loads(line)])
        ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
        if (ids, labels) != (list(row.ids), _labels(row)):
            raise JobError("TRL would train on other tokens: this is a fault of Tunesmith")


def _requirements(spec: JobSpec) -> Iterator[str]:
    names = ["torch", "transformers", "peft", "accelerate", "trl", "datasets"]
    if spec.model.quantised:
        names.append("bitsandbytes")
    for name in names:
        try:
            # Without what says which build it is, such as +cpu, which no index has under it.
            yield f"{name}=={version(name).partition('+')[0]}"
        except PackageNotFoundError:
            yield f"{name}=={TESTED[name]}" if name in TESTED else name


def _readme(spec: JobSpec) -> Iterator[str]:
    yield f"# {spec.model.name} with {spec.prompt.path}, by TRL alone"
    yield ""
    yield f"Written by Tunesmith {spec.version} in place of `{spec.command}`."
    yield ""
    yield "```sh"
    yield "python -m pip install -r requirements.txt"
    yield "python train.py"
    yield "```"
    yield ""
    yield "The same as in a run of Tunesmith: token ids and mask of every row (`train.py` compares"
    yield "their hashes before its first step), which rows each step learns from, the loss, the"
    yield "optimizer, the learning rate of each step, the adapter and the seed of its weights."
    yield ""
    yield "Not the same:"
    yield ""
    yield "- The rows' common prefix is computed for every row anew, so it takes longer."
    yield "- The best step is the one with the lowest loss on validation, not the best score."
    yield "- `max_minutes`, the probe of the learning rate and the fitting of batches into memory"
    yield "  are left out: where it is short, lower BATCH_SIZE and set"
    yield "  `gradient_accumulation_steps`."
    yield "- Nothing is scored, neither on validation nor on test, and there are no yardsticks."
    if spec.model.quantised:
        yield "- TRL holds the adapter of a base in 4 bits in bfloat16."


if __name__ == "__main__":
    sys.exit(main())
