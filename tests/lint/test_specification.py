"""No rule finds fault with the templates of the Dotprompt specification's own tests."""

import os
from pathlib import Path

import pytest
import yaml

from fixtures import Case, lint_case

BESIDE = Path(__file__).parents[3] / "shared" / "dotprompt-spec"
SPECIFICATION = Path(os.environ.get("DOTPROMPT_SPEC_DIR", BESIDE))


def test_templates_of_the_specification_are_without_fault(tmp_path: Path):
    if not SPECIFICATION.is_dir():
        pytest.skip(f"the specification's test cases are not at {SPECIFICATION}")
    paths = sorted(SPECIFICATION.rglob("*.yaml"))
    groups = [group for path in paths for group in yaml.safe_load(path.read_text("utf-8"))]

    grave = [
        (group["name"], item.rule, item.message)
        for number, group in enumerate(groups)
        for item in lint_case(case_of(group), tmp_path / str(number))
        if item.severity in ("error", "warning")
    ]

    assert len(groups) > 40
    assert grave == []


def case_of(group: dict) -> Case:
    partials = {**(group.get("partials") or {}), **(group.get("resolverPartials") or {})}
    files = {f"_{name}.prompt": text for name, text in partials.items()}
    return Case(text=group["template"], files=files)
