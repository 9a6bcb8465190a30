"""What `workspace/executeCommand` can do: one file per command, found by its name."""
