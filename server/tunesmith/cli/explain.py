"""`tunesmith explain`: what a rule finds, why that matters, and how to put it right."""

from typing import Annotated

import typer

RuleArgument = Annotated[
    str | None, typer.Argument(metavar="RULE", help="Left out: a table of all rules.")
]


def explain(rule: RuleArgument = None) -> None:
    """Say what a rule finds, and why; with an example of each kind."""
    from tunesmith.cli.errors import CliError
    from tunesmith.lint.near import did_you_mean
    from tunesmith.lint.run import rules

    if rule is None:
        _print_all()
    elif rule in rules():
        _print_one(rule)
    else:
        near = did_you_mean(rule, rules()) or "; `tunesmith explain` lists them all"
        raise CliError(f'no rule is called "{rule}"{near}')


def _print_all() -> None:
    from tunesmith.lint.guide import read_guide
    from tunesmith.lint.run import rules

    known = rules()
    width = max(map(len, known))
    for name, rule in sorted(known.items()):
        guide = read_guide(rule)
        preset = rule.preset or "off"
        what = guide.what if guide else ""
        typer.echo(f"{name:<{width}}  {rule.severity:<11}  {preset:<11}  {what}".rstrip())


def _print_one(name: str) -> None:
    from tunesmith.cli.errors import CliError
    from tunesmith.lint.guide import read_guide
    from tunesmith.lint.run import rules

    rule = rules()[name]
    guide = read_guide(rule)
    if guide is None:
        raise CliError("rules are explained in docstrings, which -OO leaves out: run without it")
    preset = f"preset {rule.preset}" if rule.preset else "only where it is selected"
    places = " and ".join(guide.runs_on)
    typer.echo(f"{name}: {rule.severity}, from {places}, {preset}\n\n{guide.what}")
    if guide.why:
        typer.echo(f"\n{guide.why}")
    for title, example in (("Bad", guide.bad), ("Good", guide.good)):
        lines = "\n".join(f"    {line}".rstrip() for line in example.splitlines())
        typer.echo(f"\n{title}:\n{lines}")
