"""Where jobs can run: one file each, found by its name."""
