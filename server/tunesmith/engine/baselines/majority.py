"""The answer that a row's text has no part in: always the commonest class of the training rows."""

from collections import Counter
from collections.abc import Sequence

from tunesmith.engine.baselines.base import Yardstick
from tunesmith.engine.evaluate import Prediction, Watch, to_prediction
from tunesmith.engine.example import Example


def fit_majority(train: Sequence[Example], labels: Sequence[str]) -> Yardstick:
    """Probabilities are the shares of the classes in `train`; the first label wins a tie."""
    counts = Counter(example.target for example in train)
    shares = [counts[label] / max(len(train), 1) for label in labels]
    commonest = labels[shares.index(max(shares))]

    def predict(examples: Sequence[Example], watch: Watch) -> list[Prediction]:
        predictions = [to_prediction(example, labels, shares) for example in examples]
        for prediction in predictions:
            watch.on_prediction(prediction)
        return predictions

    return Yardstick(name="majority", note=f'always "{commonest}"', predict=predict)
