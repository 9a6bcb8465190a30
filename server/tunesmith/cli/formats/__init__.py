"""One file per format in which findings are written: `FORMAT`, a function from report to text."""
