"""--fail-on: a rule is read before anything else, and fires only when the whole interval is beyond its limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.rules import check_rules, parse_rule
from embedmark.errors import UsageError

SPEARMAN = Change(
    "b", "a", "minilm", "stsb/test", "spearman", "", 0.8, 0.78, "difference", -0.02, -0.03, -0.01, "worse", ""
)
RATE = Change(
    "b", "a", "minilm", "stsb/test", "items_per_s", "batch 8", 100.0, 80.0, "ratio", -0.2, -0.3, -0.12, "worse", ""
)


def fires(text: str, change: Change, **cells: Any) -> bool:
    verdicts = check_rules((parse_rule(text),), ComparedRuns("a", ("b",), (replace(change, **cells),), ()))
    return bool(verdicts.broken)


@pytest.mark.parametrize(
    ("text", "change", "cells", "expected"),
    [
        ("spearman < -0.005", SPEARMAN, {}, True),
        ("spearman < -0.005", SPEARMAN, {"ci_high": -0.004}, False),
        ("spearman<-.01", SPEARMAN, {}, False),  # the end of the interval is at the limit, not beyond it
        ("spearman < -1%", SPEARMAN, {}, True),  # relative to 0.8: -3.75 % to -1.25 %
        ("spearman < -2%", SPEARMAN, {}, False),
        ("items_per_s < -10%", RATE, {}, True),
        ("items_per_s < -15 %", RATE, {}, False),
        ("latency_ms_p95 > +20%", RATE, {"metric": "latency_ms_p95", "ci_low": 0.21, "ci_high": 0.5}, True),
        ("latency_ms_p95 > +20%", RATE, {"metric": "latency_ms_p95", "ci_low": 0.19, "ci_high": 0.5}, False),
        ("usd_per_1k_items > +5%", RATE, {"metric": "usd_per_1k_items", "ci_low": 0.06, "ci_high": 0.06}, True),
        ("items_per_s < -10%", RATE, {"ci_low": None, "ci_high": None, "verdict": "not comparable"}, False),
    ],
)
def test_the_whole_interval_is_beyond_the_limit(
    text: str, change: Change, cells: dict[str, Any], expected: bool
) -> None:
    assert fires(text, change, **cells) is expected


def test_what_no_interval_decides_is_said() -> None:
    change = replace(RATE, ci_low=None, ci_high=None, verdict="not comparable", reason="another machine")
    verdicts = check_rules((parse_rule("items_per_s < -10%"),), ComparedRuns("a", ("b",), (change,), ()))
    assert verdicts.undecided == ("items_per_s < -10%: minilm, stsb/test (batch 8): another machine",)
    nothing = check_rules((parse_rule("spearman < 0"),), ComparedRuns("a", ("b",), (change,), ()))
    assert nothing.undecided == ("spearman < 0: spearman is in neither run",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spearman", "is not a rule"),
        ("spearman <= -0.1", "is not a rule"),
        ("spearmen < -0.1", "did you mean 'spearman'"),
        ("items_per_s < -10", "in percent"),
        ("spearman < 1e9", "is not a rule"),
        ("", "is not a rule"),
    ],
)
def test_a_rule_that_is_wrong_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_rule(text)
