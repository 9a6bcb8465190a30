"""The document model of a `.prompt` file: parse, ask, render, encode."""
