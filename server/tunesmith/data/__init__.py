"""The data set: rows that remember their line, and how they are split."""
