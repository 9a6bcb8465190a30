"""Logistic regression over counted words: what training rows are worth without a language model.

Word and character n-grams, weighted by TF-IDF; the characters serve languages that put no spaces
between words. The strength of regularisation is chosen on validation.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tunesmith.engine.baselines.base import Yardstick, accuracy
from tunesmith.engine.evaluate import Prediction, Watch, to_prediction
from tunesmith.engine.example import Example

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

C_VALUES = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Inverse strength of regularisation, weak ones last."""

InputText = Callable[[Example], str]


def fit_tfidf(
    train: Sequence[Example],
    validation: Sequence[Example],
    labels: Sequence[str],
    input_text: InputText,
    watch: Watch,
) -> Yardstick:
    """Fit one classifier for each C, and keep the one that does best on validation.

    Raises Interrupted, and ValueError where `train` has one class only or not a single word.
    """
    candidates: list[tuple[float, float, Pipeline]] = []
    for c in C_VALUES:
        watch.check()
        pipeline = _pipeline(c)
        pipeline.fit([input_text(row) for row in train], [row.target for row in train])
        score = accuracy(_predict(pipeline, validation, labels, input_text))
        candidates.append((score, c, pipeline))
    score, c, best = max(candidates, key=lambda candidate: candidate[0])

    def predict(examples: Sequence[Example], watch: Watch) -> list[Prediction]:
        predictions = _predict(best, examples, labels, input_text)
        for prediction in predictions:
            watch.on_prediction(prediction)
        return predictions

    note = (
        f"TF-IDF of words and characters, logistic regression on the same {len(train)} training "
        f"rows; C={c:g} of {len(C_VALUES)} chosen on {len(validation)} validation rows "
        f"(accuracy {score:.2f} there)"
    )
    return Yardstick(name="tfidf", note=note, predict=predict)


def _pipeline(c: float) -> "Pipeline":
    # Two seconds of importing, which nobody waits for at the start of a run.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    return make_pipeline(make_union(words, characters), LogisticRegression(C=c, max_iter=1000))


def _predict(
    pipeline: "Pipeline", examples: Sequence[Example], labels: Sequence[str], input_text: InputText
) -> list[Prediction]:
    if not examples:
        return []
    # A label without training rows is unknown to the classifier, and gets no probability.
    known = {label: column for column, label in enumerate(pipeline.classes_)}
    table = pipeline.predict_proba([input_text(example) for example in examples])
    return [
        to_prediction(
            example,
            labels,
            [float(row[known[label]]) if label in known else 0.0 for label in labels],
        )
        for example, row in zip(examples, table, strict=True)
    ]
