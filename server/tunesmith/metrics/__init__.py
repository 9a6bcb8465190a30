"""How good predictions are: names, direction and intervals, in pure Python."""
