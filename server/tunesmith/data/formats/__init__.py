"""How each kind of data file is read: a stream of rows, and of problems in the place of rows."""
