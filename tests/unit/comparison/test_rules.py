"""A rule is read before anything else, and decided by the whole interval of a change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedmark.comparison.gate import Verdicts, check_rules
from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.rules import FAIL_ON, REQUIRE, Option, parse_rule
from embedmark.errors import UsageError

SPEARMAN = Change(
    run="b", against="a", provider="minilm", dataset="stsb/test", metric="spearman", setting="", baseline=0.8,
    value=0.78, scale="difference", change=-0.02, ci_low=-0.03, ci_high=-0.01, verdict="worse", reason="",
)  # fmt: skip
RATE = Change(
    run="b", against="a", provider="minilm", dataset="stsb/test", metric="items_per_s", setting="batch 8",
    baseline=100.0, value=80.0, scale="ratio", change=-0.2, ci_low=-0.3, ci_high=-0.12, verdict="worse", reason="",
)  # fmt: skip
NOISY = replace(
    RATE, change=None, ci_low=None, ci_high=None, verdict="not comparable", reason="noisy", unjudged="noisy"
)


def gate(text: str, *changes: Change, option: Option = FAIL_ON, may_be_unjudged: bool = False) -> Verdicts:
    compared = ComparedRuns("a", tuple(dict.fromkeys(change.run for change in changes)), changes, ())
    return check_rules((parse_rule(text, option),), compared, may_be_unjudged=may_be_unjudged)


@pytest.mark.parametrize(
    ("text", "change", "cells", "broken"),
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
        ("ndcg_at_20 < -0.005", SPEARMAN, {"metric": "ndcg_at_20"}, True),
        ("average_precision < 0", SPEARMAN, {"metric": "average_precision"}, True),
    ],
)
def test_fail_on_breaks_where_all_is_beyond(text: str, change: Change, cells: dict[str, Any], broken: bool) -> None:
    found = gate(text, replace(change, **cells))

    assert bool(found.broken) is broken
    assert bool(found) is not broken


@pytest.mark.parametrize(
    ("text", "low", "high", "broken"),
    [
        ("spearman > -0.005", -0.004, 0.004, False),
        ("spearman > -0.005", -0.006, 0.004, True),  # nothing shows a drop, and nothing rules it out
        ("spearman > -0.005", -0.03, -0.01, True),
        ("spearman > -0.005", 0.01, 0.03, False),
        ("spearman < +0.005", -0.03, 0.004, False),
        ("spearman < +0.005", -0.03, 0.006, True),
    ],
)
def test_require_breaks_unless_all_is_within(text: str, low: float, high: float, broken: bool) -> None:
    found = gate(text, replace(SPEARMAN, change=(low + high) / 2, ci_low=low, ci_high=high), option=REQUIRE)

    assert bool(found.broken) is broken
    assert bool(found) is not broken


def test_rule_that_cannot_be_judged_fails() -> None:
    found = gate("items_per_s < -10%", NOISY)

    assert found.unjudged == ("items_per_s < -10%: minilm, stsb/test (batch 8): noisy",)
    assert not found


def test_rule_that_cannot_be_judged_may_warn() -> None:
    found = gate("items_per_s < -10%", NOISY, may_be_unjudged=True)

    assert found.unjudged
    assert found


def test_a_warning_hides_no_broken_rule() -> None:
    found = gate("items_per_s < -10%", NOISY, RATE, may_be_unjudged=True)

    assert not found


def test_a_metric_that_no_run_has_cannot_be_judged() -> None:
    found = gate("spearman < 0", RATE)

    assert found.unjudged == ("spearman < 0: no row has the metric spearman to judge",)
    assert not found


def test_scores_that_one_side_lost_cannot_be_judged() -> None:
    """An interval over the pairs that are left does not speak for those that are gone."""
    found = gate("spearman < -0.5", replace(SPEARMAN, unjudged="b lost 400"))

    assert found.unjudged == ("spearman < -0.5: minilm, stsb/test: b lost 400",)


def test_a_row_that_does_not_apply_is_left_out() -> None:
    reference = replace(NOISY, reason="it is the reference", unjudged="")

    found = gate("items_per_s < -50%", reference, RATE)

    assert found.unjudged == ()
    assert found


def test_a_rule_that_applies_to_no_row_cannot_be_judged() -> None:
    found = gate("items_per_s < -50%", replace(NOISY, reason="it is the reference", unjudged=""))

    assert not found


def test_the_smallest_drop_that_could_be_seen_is_said() -> None:
    """The limit, half of the interval, and the 1.28 standard errors that make 9 of 10."""
    found = gate("spearman < -0.005", replace(SPEARMAN, change=0.0, ci_low=-0.0098, ci_high=0.0098))

    assert found.seen == (
        "spearman < -0.005: kept by 1 of 1; it detects a drop of 0.0212 or more in 9 of 10 cases (minilm, stsb/test)",
    )


def test_identical_scores_do_not_say_what_is_detected() -> None:
    """Five pairs that did not change would else detect a drop of the limit."""
    same = replace(SPEARMAN, change=-2e-9, ci_low=-1e-8, ci_high=1e-8)  # but for the last bits of floats
    wide = replace(SPEARMAN, provider="wide", change=0.0, ci_low=-0.0098, ci_high=0.0098)

    alone, beside = gate("spearman < -0.005", same), gate("spearman < -0.005", same, wide)

    assert alone.seen == (
        "spearman < -0.005: kept by 1 of 1; no score changed, so the drop that it detects is not known",
    )
    assert "a drop of 0.0212 or more" in beside.seen[0]


def test_rows_that_cannot_be_judged_did_not_keep_the_rule() -> None:
    lost = replace(SPEARMAN, provider="other", unjudged="b lost 400")

    assert ": kept by 1 of 2; " in gate("spearman < -0.5", SPEARMAN, lost).seen[0]


def test_rule_names_its_weakest_row() -> None:
    wide = replace(SPEARMAN, provider="wide", change=0.0, ci_low=-0.02, ci_high=0.02)
    narrow = replace(SPEARMAN, provider="narrow", change=0.0, ci_low=-0.001, ci_high=0.001)

    found = gate("spearman < -0.005", narrow, wide)

    assert "(wide, stsb/test)" in found.seen[0]


def test_no_drop_of_over_100_percent_is_said() -> None:
    found = gate("items_per_s < -15%", replace(RATE, change=0.0, ci_low=-0.5, ci_high=1.0))

    assert "a drop of 73.0% or more in" in found.seen[0]


@pytest.mark.parametrize(
    ("rule", "low", "high", "said"),
    [
        ("spearman > -0.005", -0.004, 0.004, "a drop of up to 0.0040 is not ruled out"),
        ("spearman > -0.005", -0.00001, 0.004, "a drop of up to 0.0001 is not ruled out"),
        ("spearman > -0.005", 0.0, 0.004, "the data rule out any drop"),
        ("spearman > -0.005", 0.001, 0.004, "the data rule out any drop"),
        ("spearman < 0.005", -0.004, 0.004, "a rise of up to 0.0040 is not ruled out"),
        ("spearman < 0.005", -0.004, -0.001, "the data rule out any rise"),
    ],
)
def test_require_says_what_the_data_leave_open(rule: str, low: float, high: float, said: str) -> None:
    found = gate(rule, replace(SPEARMAN, change=(low + high) / 2, ci_low=low, ci_high=high), option=REQUIRE)

    assert found.seen == (f"{rule}: kept by 1 of 1; {said} (minilm, stsb/test)",)


@pytest.mark.parametrize(
    ("rule", "change", "said"),
    [
        ("spearman < 0.1", 0.1, "it detects a change of +0.0838 or less"),
        ("spearman > -0.1", -0.1, "it detects a change of -0.0838 or more"),
        ("spearman > 0.005", 0.0, "it detects a rise of 0.0212 or more"),
    ],
)
def test_what_a_rule_detects_has_the_sign_of_its_limit(rule: str, change: float, said: str) -> None:
    found = gate(rule, replace(SPEARMAN, change=change, ci_low=change - 0.0098, ci_high=change + 0.0098))

    assert said in "".join(found.seen)


def test_rows_of_several_runs_are_named_with_their_run() -> None:
    found = gate("spearman < -0.005", SPEARMAN, replace(SPEARMAN, run="c"))

    assert [line.split(": ")[1] for line in found.broken] == ["b", "c"]


@pytest.mark.parametrize("option", [FAIL_ON, REQUIRE])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spearman", "is not a rule"),
        ("spearman <= -0.1", "is not a rule"),
        ("spearmen < -0.1", "did you mean 'spearman'"),
        ("recall_at_0 < -0.1", "did you mean 'recall_at_"),
        ("items_per_s < -10", "in percent"),
        ("spearman < 1e9", "is not a rule"),
        ("", "is not a rule"),
    ],
)
def test_a_rule_that_is_wrong_is_refused(text: str, said: str, option: Option) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse_rule(text, option)

    assert option in caught.value.message
