"""The language server: the only package that speaks pygls."""
