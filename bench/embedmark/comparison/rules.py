"""Rules that make a comparison fail: `spearman < -0.005`, `items_per_s < -10%`."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

from embedmark.comparison.model import ACCURACY, HIGHER_IS_BETTER, Change, ComparedRuns
from embedmark.errors import UsageError

_RULE = re.compile(r"\s*(\w+)\s*(<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(%?)\s*")
_EXAMPLES = 'such as "spearman < -0.005", "items_per_s < -10%" or "latency_ms_p95 > +20%"'


@dataclass(frozen=True, slots=True)
class Rule:
    """One --fail-on rule.

    Attributes:
        text: as the user wrote it.
        metric: one of HIGHER_IS_BETTER.
        below: whether changes below the limit fail, or those above it.
        limit: in units of the metric, or relative to the baseline (0.1 for 10 %).
        relative: which of the two.
    """

    text: str
    metric: str
    below: bool
    limit: float
    relative: bool

    def breaks(self, change: Change) -> bool:
        """Whether the whole interval of `change` is beyond the limit."""
        bounds = self._bounds(change)
        if bounds is None:
            return False
        return bounds[1] < self.limit if self.below else bounds[0] > self.limit

    def decides(self, change: Change) -> bool:
        """Whether there is an interval to hold against the limit."""
        return self._bounds(change) is not None

    def _bounds(self, change: Change) -> tuple[float, float] | None:
        if change.ci_low is None or change.ci_high is None:
            return None
        if self.relative and change.scale == "difference":
            if not change.baseline:
                return None
            ends = sorted((change.ci_low / abs(change.baseline), change.ci_high / abs(change.baseline)))
            return ends[0], ends[1]
        return change.ci_low, change.ci_high


def parse_rule(text: str) -> Rule:
    """Read a rule. Raises UsageError: not of the form, no such metric, a timing without `%`."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-on {text!r} is not a rule", hint=f"METRIC < NUMBER or METRIC > NUMBER%, {_EXAMPLES}")
    metric, sign, number, percent = match.groups()
    if metric not in HIGHER_IS_BETTER:
        close = difflib.get_close_matches(metric, HIGHER_IS_BETTER, n=1)
        raise UsageError(
            f"--fail-on names the metric {metric!r}, which is not compared"
            + (f"; did you mean {close[0]!r}?" if close else ""),
            hint=f"one of: {', '.join(HIGHER_IS_BETTER)}",
        )
    limit = float(number)
    if not math.isfinite(limit):
        raise UsageError(f"--fail-on {text!r}: the limit is too large")
    if not percent and metric not in ACCURACY:
        raise UsageError(
            f"--fail-on {text!r}: {metric} is compared as a ratio, so its limit is in percent",
            hint=f'"{metric} {sign} {number}%"',
        )
    return Rule(text.strip(), metric, sign == "<", limit / 100 if percent else limit, bool(percent))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of a comparison: lines for each change that broke one, and for each rule nothing decided.

    True if every rule was judged and none was broken.
    """

    broken: tuple[str, ...]
    undecided: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.broken and not self.undecided


def check_rules(rules: tuple[Rule, ...], comparison: ComparedRuns) -> Verdicts:
    """Hold every rule against every change of its metric."""
    broken, undecided = [], []
    for rule in rules:
        changes = [change for change in comparison.changes if change.metric == rule.metric]
        broken += [f"{rule.text}: {_where(change)}" for change in changes if rule.breaks(change)]
        silent = [change for change in changes if not rule.decides(change)]
        if not changes:
            undecided.append(f"{rule.text}: {rule.metric} is in neither run")
        undecided += [f"{rule.text}: {_where(change)}: {change.reason}" for change in silent]
    return Verdicts(tuple(broken), tuple(undecided))


def _where(change: Change) -> str:
    setting = f" ({change.setting})" if change.setting else ""
    return f"{change.provider}, {change.dataset}{setting}"
