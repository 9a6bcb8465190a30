"""Options of an inline preview: `tunesmith.preview`."""

from tunesmith.catalog.options import Option

PREVIEW_OPTIONS = (
    Option(
        name="max_new_tokens",
        type=int,
        default=64,
        low=1,
        high=4096,
        doc="The answer is cut after so many tokens.",
    ),
    Option(
        name="temperature",
        type=float,
        default=0.0,
        low=0.0,
        high=2.0,
        doc="0 always takes the most probable token; higher is more varied.",
    ),
)
