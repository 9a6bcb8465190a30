"""The analysis worker: rules that read the data set, in a process of their own."""
