"""How large a prompt may be."""

MAX_BYTES = 1 << 20
"""Of a file that is read; a larger one is no prompt."""
