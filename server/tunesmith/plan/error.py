"""Why no job can be made."""


class PlanError(Exception):
    """Why no job can be made, in words that say what to do."""

    def __init__(self, message: str, *, key: tuple[str, ...] = ()) -> None:
        """`key` is the frontmatter key to blame, such as `("tunesmith.data", "train")`."""
        super().__init__(message)
        self.key = key
