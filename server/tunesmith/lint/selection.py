"""Which rules run: a preset, and rules added to it or taken from it by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from tunesmith.lint.rule import Preset, Rule


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a person chose, in `tunesmith.toml` or on the command line."""

    preset: Preset = "recommended"
    select: frozenset[str] = frozenset()
    """Rules that run besides the preset's."""
    ignore: frozenset[str] = frozenset()
    """Rules that do not."""
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


RECOMMENDED = Selection()
