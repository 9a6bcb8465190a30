"""Full fine-tuning: every weight of the model itself learns."""

from collections.abc import Mapping

from transformers import PreTrainedModel

from tunesmith.engine.methods import TuningMethod
from tunesmith.wire.spec import Scalar


def attach(model: PreTrainedModel, _options: Mapping[str, Scalar]) -> PreTrainedModel:
    """The model in fp32: what a small step adds to a weight is lost in lower precision.

    A GPU computes with it in bf16 all the same (`engine/device.py`).
    """
    return model.float().requires_grad_(True)


METHOD = TuningMethod(name="full", attach=attach)
