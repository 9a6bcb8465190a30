"""Ways to fine-tune: one file each, as `METHOD`, beside its options in `catalog/methods`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.discover import discover
from tunesmith.wire.spec import Scalar


@dataclass(frozen=True, kw_only=True)
class TuningMethod:
    """How one method makes a model trainable."""

    name: str
    attach: Callable[[PreTrainedModel, Mapping[str, Scalar]], PreTrainedModel | PeftModel]
    """Make a model trainable by the method's options: an adapter on it, or the model itself."""


def tuning_methods() -> dict[str, TuningMethod]:
    """Every method, by name."""
    return discover(__name__, "METHOD", TuningMethod)
