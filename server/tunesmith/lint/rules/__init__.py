"""One file per rule: `RULE`, and `check`, which yields its findings.

The docstring says what the rule catches and why; its `Bad:` and `Good:` blocks are run as tests.
"""
