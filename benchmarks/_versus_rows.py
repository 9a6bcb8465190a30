"""What all contestants learn and answer: film reviews through one prompt, as the same tokens."""

import csv
import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunesmith.engine.example import Asker, Example
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.parse import parse
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import ModelSpec, Scalar

LABELS = ("negative", "positive")
N_SHOTS = 8
_DATA = Path(__file__).parents[1] / "data" / "movie-reviews" / "movie-reviews.csv"
_PROMPT = """\
---
input: {{schema: {{review: string}}}}
tunesmith.task: classification
tunesmith.data: {{train: reviews.csv, target: sentiment, columns: {{review: text}}}}
tunesmith.train: {train}
tunesmith.eval: {evaluation}
---
{{{{role "system"}}}}Say whether the film review is positive or negative.
{shots}{{{{role "user"}}}}Review: {{{{review}}}}
"""
_SHOT = '{{role "user"}}Review: %s\n{{role "model"}}%s\n'
_SHOT_LETTERS = (40, 80)
"""Of the reviews among the demonstrations, the fewest and the most."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """One row of the data set."""

    text: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A row as a contestant meets it, whoever made the contestant."""

    row: Encoded
    """With its right answer."""
    answers: tuple[tuple[int, ...], ...]
    """For each label, the tokens that would follow the prompt."""
    label: int
    """Which of the labels is right."""


class Workspace:
    """A folder with the data, as somebody would have it who tunes with a prompt."""

    def __init__(self, folder: Path) -> None:
        """Raises SystemExit where the data set has not been fetched."""
        if not _DATA.is_file():
            raise SystemExit(f"no {_DATA}: run `tunesmith data fetch movie-reviews` first")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_DATA, folder / "reviews.csv")
        (folder / "tunesmith.toml").touch()
        self._folder = folder
        with _DATA.open(encoding="utf-8", newline="") as file:
            self._reviews = {
                row["id"]: Review(text=row["text"], label=row["sentiment"])
                for row in csv.DictReader(file)
            }

    def prompt(
        self,
        name: str,
        *,
        n_shots: int,
        train: Mapping[str, Scalar],
        evaluation: Mapping[str, Scalar],
    ) -> Path:
        """Write a prompt with so many demonstrations, and options in its frontmatter."""
        shots = [_SHOT % (review.text, review.label) for review in self._shots(n_shots)]
        text = _PROMPT.format(
            train=json.dumps(dict(train)),
            evaluation=json.dumps(dict(evaluation)),
            shots="".join(shots),
        )
        path = self._folder / f"{name}.prompt"
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def asked(self, run_dir: RunDir, model: ModelSpec) -> dict[str, list[Asked]]:
        """The rows that a run used, by split.

        Encoded again, and compared with what the run wrote down of the tokens and the mask that
        it used. Raises SystemExit where they differ.
        """
        asker = _asker(run_dir.read_spec().prompt.text, model)
        by_split: dict[str, list[Asked]] = {"train": [], "validation": [], "test": []}
        for line in run_dir.rows_path.read_text(encoding="utf-8").splitlines():
            used = json.loads(line)
            asked = self._asked(asker, used["row_id"])
            if asked.row.row_hash != used["row_hash"]:
                raise SystemExit(f"{run_dir.path}: row {used['row_id']} had other tokens")
            by_split[used["split"]].append(asked)
        return by_split

    def sample(self, n_shots: int, n_rows: int, model: ModelSpec) -> list[Asked]:
        """The first rows of the file, as many of each label, behind so many demonstrations."""
        path = self.prompt("sample", n_shots=n_shots, train={}, evaluation={})
        asker = _asker(path.read_text(encoding="utf-8"), model)
        ids = [
            [row_id for row_id, review in self._reviews.items() if review.label == label]
            for label in LABELS
        ]
        pairs = [row_id for pair in zip(*ids, strict=False) for row_id in pair]
        return [self._asked(asker, row_id) for row_id in pairs[:n_rows]]

    def _asked(self, asker: Asker, row_id: str) -> Asked:
        review = self._reviews[row_id]
        example = Example(row_id=row_id, values={"review": review.text}, target=review.label)
        return Asked(
            row=asker.encoded(example),
            answers=asker.choice(example).answers,
            label=LABELS.index(review.label),
        )

    def _shots(self, n_shots: int) -> list[Review]:
        """Short reviews, as many of each label."""
        low, high = _SHOT_LETTERS
        fitting = [review for review in self._reviews.values() if low <= len(review.text) <= high]
        random.Random(0).shuffle(fitting)
        by_label = [[one for one in fitting if one.label == label] for label in LABELS]
        return [one for pair in zip(*by_label, strict=False) for one in pair][:n_shots]


def _asker(text: str, model: ModelSpec) -> Asker:
    return Asker(
        prompt=parse(text),
        partials={},
        encoder=Encoder.load(Path(model.path)),
        template="chat",
        labels=LABELS,
        target_names=frozenset({"sentiment"}),
    )
