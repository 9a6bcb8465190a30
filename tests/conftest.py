"""Options that all tests share, and what happens where one cannot be run."""

import os
from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-fixtures",
        action="store_true",
        help="rewrite the caret lines of tests/rules/*.prompt from what the rules say now",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where `TUNESMITH_REQUIRE` is set, as in CI, a test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("TUNESMITH_REQUIRE"):
        report.outcome = "failed"
    return report
