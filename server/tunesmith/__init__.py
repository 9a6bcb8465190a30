"""Tunesmith: lint, preview, fine-tune and evaluate `.prompt` files."""

__version__ = "0.1.0"
