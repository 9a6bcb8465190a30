"""Which rules run: a preset, and rules added to it or taken from it by name."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pkgutil import iter_modules

from tunesmith.lint import rules as package
from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rule import Preset, Rule
from tunesmith.wire.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a person chose, in `tunesmith.toml` or on the command line."""

    preset: Preset = "recommended"
    select: frozenset[str] = frozenset()
    """Rules that run besides the preset's."""
    ignore: frozenset[str] = frozenset()
    """Rules that do not."""
    deny: frozenset[str] = frozenset()
    """Rules all of whose findings are errors."""
    only: frozenset[str] | None = None
    """The rules that run, whatever the rest says."""

    def has(self, rule: Rule) -> bool:
        """Whether a rule runs."""
        if self.only is not None:
            return rule.name in self.only
        if rule.name in self.ignore:
            return False
        is_in = rule.preset == "recommended" or (rule.preset == "strict" == self.preset)
        return is_in or rule.name in self.select

    def of(self, rules: Iterable[Rule]) -> list[Rule]:
        """Those that run."""
        return [rule for rule in rules if self.has(rule)]

    def judged(self, finding: Finding, rule: Rule) -> Finding:
        """A finding of a rule, as grave as it is to be taken."""
        if rule.name in self.deny:
            return replace(finding, severity="error")
        if self.preset == "strict" and rule.strict_severity:
            return replace(finding, severity=rule.strict_severity)
        return finding

    def then(
        self,
        *,
        preset: Preset | None = None,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        deny: Collection[str] = (),
    ) -> "Selection":
        """This choice with a later one on top, which wins where they differ."""
        added = {*select, *deny}
        return replace(
            self,
            preset=preset or self.preset,
            select=(self.select - {*ignore}) | added,
            ignore=(self.ignore - added) | {*ignore},
            deny=(self.deny - {*ignore}) | {*deny},
        )


RECOMMENDED = Selection()


@cache
def rule_names() -> frozenset[str]:
    """The name of every rule, known without importing any of them."""
    return frozenset(module.name.replace("_", "-") for module in iter_modules(package.__path__))


def name_faults(select: Iterable[str], ignore: Iterable[str]) -> dict[str, str]:
    """What is wrong with the names a person wrote: each name, and why it cannot be meant."""
    known = rule_names()
    faults = dict.fromkeys({*select} & {*ignore}, "is both selected and ignored")
    for name in [*select, *ignore]:
        if name not in known:
            faults[name] = f"is no rule{did_you_mean(name, known)}"
    return faults
