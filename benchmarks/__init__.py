"""One file an area; each prints a table, and with `--json` one object of named numbers."""
