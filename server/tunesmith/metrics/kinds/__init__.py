"""One metric a file, each as `METRIC`."""
