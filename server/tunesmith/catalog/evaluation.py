"""Options of the evaluation: `tunesmith.eval`."""

from tunesmith.catalog.options import Option

EVALUATION_OPTIONS = (
    Option(
        name="validation_rows",
        type=int,
        default=200,
        low=1,
        high=1_000_000,
        doc="Rows of the validation split that choices are made on, at most.",
    ),
    Option(
        name="test_rows",
        type=int,
        default=400,
        low=1,
        high=1_000_000,
        doc="Rows of the test split that are scored once, at the end, at most.",
    ),
    Option(
        name="split",
        type=str,
        default="validation",
        choices=("validation", "test"),
        doc="What `tunesmith eval` scores; every look at test makes the next one worth less.",
    ),
)
