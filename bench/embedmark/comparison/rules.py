"""Rules that make a comparison fail: `spearman < -0.005`, `items_per_s < -10%`."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from embedmark.comparison.model import RATIOS, Change
from embedmark.errors import UsageError

if TYPE_CHECKING:
    from embedmark.stats import Interval

FAIL_ON: Final = "--fail-on"
REQUIRE: Final = "--require"
Option = Literal["--fail-on", "--require"]

_RULE = re.compile(r"\s*(\w+)\s*(<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(%?)\s*")
_EXAMPLES = 'such as "spearman < -0.005", "items_per_s < -10%" or "latency_ms_p95 > +20%"'
# Accuracy metrics as accuracy.csv names them; those of a cutoff are named with any cutoff.
_ACCURACY: Final = ("spearman", "pearson", "average_precision", "roc_auc", "held_out_accuracy", "map", "precision_at_1")
_AT_CUTOFF = re.compile(r"(?:ndcg|recall|mrr|hit)_at_[1-9]\d*")
_USUAL_CUTOFFS: Final = ("ndcg_at_10", "recall_at_1", "recall_at_5", "recall_at_10", "mrr_at_10", "hit_at_10")
_KNOWN: Final = (*_ACCURACY, *_USUAL_CUTOFFS, *RATIOS)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        text: as the user wrote it.
        option: `--fail-on` breaks where the whole interval is beyond the limit; `--require` breaks unless the whole
            interval is within it.
        metric: as accuracy.csv and the columns of summary.csv name it.
        below: `<` or `>`.
        limit: in units of the metric, or relative to the baseline (0.1 for 10 %).
        relative: True if the limit is relative.
    """

    text: str
    option: Option
    metric: str
    below: bool
    limit: float
    relative: bool

    def is_broken(self, change: Change) -> bool:
        """Return True if `change` breaks the rule; False also where nothing decides it."""
        bounds = self._bounds(change)
        if bounds is None:
            return False
        beyond = bounds[1] < self.limit if self.below else bounds[0] > self.limit
        return beyond if self.option == FAIL_ON else not beyond

    def why_unjudged(self, change: Change) -> str:
        """Return why nothing decides the rule for `change`; "" where something does, or where it does not apply."""
        if change.unjudged:
            return change.unjudged
        if change.ci_low is not None and self._bounds(change) is None:
            return "the baseline is 0, so a percentage is undefined"
        return ""

    def applies(self, change: Change) -> bool:
        """Return True if `change` is of the rule's metric, and there is something to judge."""
        return change.metric == self.metric and (change.ci_low is not None or bool(change.unjudged))

    def could_see(self, change: Change) -> float | None:
        """Return the smallest true change that the rule would have shown in 9 of 10 cases, in the limit's unit.

        For --require: the change in its direction that the data leave open. About: an interval that is not symmetric,
        or that has few runs, is taken for a normal one. Scores that did not change do not say how far they could have.
        """
        bounds = self._bounds(change)
        if bounds is None or change.change is None:
            return None
        if self.option == REQUIRE:
            return bounds[1] if self.below else bounds[0]
        if change.is_identical:
            return None
        from embedmark.stats import CONFIDENCE, POWER_Z, normal_above

        # Ratios are compared as logarithms: a drop of over 100 % cannot be.
        into, back = (math.log1p, math.expm1) if change.scale == "ratio" else (float, float)
        middle, end = into(self._scaled(change, change.change)), into(bounds[1] if self.below else bounds[0])
        reach = abs(end - middle) * (1 + POWER_Z / normal_above((1 - CONFIDENCE) / 2))
        if change.scale == "ratio" and self.limit <= -1:
            return None
        return back(into(self.limit) - reach if self.below else into(self.limit) + reach)

    def number_text(self, value: float) -> str:
        """Return a change as the rule's limit is written: `-0.0081`, `-12.3%`."""
        return f"{100 * value:+.1f}%" if self.relative else f"{value:+.4f}"

    def size_text(self, value: float) -> str:
        """Return the size of a drop or rise, without a sign, and never as 0: `0.0081`, `12.3%`."""
        return f"{max(100 * abs(value), 0.1):.1f}%" if self.relative else f"{max(abs(value), 1e-4):.4f}"

    def _bounds(self, change: Change) -> Interval | None:
        if change.ci_low is None or change.ci_high is None:
            return None
        if self.relative and change.scale == "difference" and not change.baseline:
            return None
        ends = sorted((self._scaled(change, change.ci_low), self._scaled(change, change.ci_high)))
        return ends[0], ends[1]

    def _scaled(self, change: Change, value: float) -> float:
        relative = self.relative and change.scale == "difference" and change.baseline
        return value / abs(change.baseline) if relative and change.baseline else value


def parse_rule(text: str, option: Option = FAIL_ON) -> Rule:
    """Read a rule. Raises UsageError: not of the form, no such metric, a timing without `%`."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"{option} {text!r} is not a rule", hint=f"METRIC < NUMBER or METRIC > NUMBER%, {_EXAMPLES}")
    metric, sign, number, percent = match.groups()
    if metric not in _KNOWN and not _AT_CUTOFF.fullmatch(metric):
        close = difflib.get_close_matches(metric, _KNOWN, n=1)
        raise UsageError(
            f"{option} names the metric {metric!r}, which is not compared"
            + (f"; did you mean {close[0]!r}?" if close else ""),
            hint=f"one of: {', '.join(_KNOWN)}",
        )
    limit = float(number)
    if not math.isfinite(limit):
        raise UsageError(f"{option} {text!r}: the limit is too large", hint=_EXAMPLES)
    if not percent and metric in RATIOS:
        raise UsageError(
            f"{option} {text!r}: {metric} is compared as a ratio, so its limit is in percent",
            hint=f'"{metric} {sign} {number}%"',
        )
    return Rule(
        text=text.strip(),
        option=option,
        metric=metric,
        below=sign == "<",
        limit=limit / 100 if percent else limit,
        relative=bool(percent),
    )
