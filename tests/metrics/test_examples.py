"""The examples in docstrings."""

import doctest
import importlib

import pytest

MODULES = ["intervals", "mcnemar", "kinds.accuracy", "kinds.macro_f1"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"tunesmith.metrics.{name}"))

    assert result.attempted > 0
    assert result.failed == 0
