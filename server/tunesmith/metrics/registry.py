"""All metrics, by name: one for each file of `kinds`."""

from tunesmith.discover import discover
from tunesmith.metrics.base import Metric

METRICS = discover("tunesmith.metrics.kinds", "METRIC", Metric)
