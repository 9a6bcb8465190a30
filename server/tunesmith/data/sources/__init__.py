"""One file per data set that `tunesmith data fetch` knows."""
