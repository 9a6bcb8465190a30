"""Full fine-tuning: every weight learns."""

from tunesmith.catalog.defaults import full_rate
from tunesmith.catalog.methods import Method

METHOD = Method(
    name="full",
    doc="Trains every weight: a whole new model on disk, four times its memory in training.",
    options=(),
    default_lr=full_rate,
)
