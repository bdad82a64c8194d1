"""Paired differences between providers, and what a dataset could show."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_all
from embedmark.derive.findings import ProviderDifference, find

RNG = np.random.default_rng(3)
GOLD = RNG.uniform(0, 5, 300)
GOOD, POOR = GOLD + RNG.normal(size=300), GOLD + 4 * RNG.normal(size=300)
SMALL = {"resamples": 200}


def compare(suite: Any, a: str, b: str, metric: str = "spearman") -> ProviderDifference:
    found = derive_all(suite.build()).findings.comparisons
    [pair] = [c for c in found if (c.provider_a, c.provider_b, c.metric) == (a, b, metric)]
    return pair


def test_verdicts(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 300)
    for name, scores in (("good", GOOD), ("poor", POOR), ("twin", 2 * GOOD + 1)):
        suite.provider(name).scores(name, GOLD, scores)
    better, worse, same = compare(suite, "good", "poor"), compare(suite, "poor", "twin"), compare(suite, "good", "twin")
    assert (better.verdict, worse.verdict, same.verdict) == ("better", "worse", "no clear difference")
    assert better.ci_low is not None
    assert better.ci_low > 0
    assert (same.diff, same.se, same.ci_low, same.ci_high, same.p_adjusted) == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert compare(suite, "good", "twin", "pearson").verdict == "no clear difference"


def test_differences_are_over_the_pairs_that_both_scored(run: Any) -> None:
    a, b = GOOD.copy(), POOR.copy()
    a[:20], b[10:40] = np.nan, np.nan
    suite = run(accuracy=SMALL).dataset("d", 300)
    suite.provider("a").scores("a", GOLD, a).provider("b").scores("b", GOLD, b)
    gaps = compare(suite, "a", "b")
    both = run(accuracy=SMALL).dataset("d", 260)
    both.provider("a").scores("a", GOLD[40:], a[40:]).provider("b").scores("b", GOLD[40:], b[40:])
    whole = compare(both, "a", "b")
    assert (gaps.n_pairs, whole.n_pairs) == (260, 260)
    assert gaps.diff == pytest.approx(whole.diff, abs=1e-12)
    assert gaps.se == pytest.approx(whole.se, rel=0.2)


def test_too_few_common_pairs_are_not_comparable(run: Any) -> None:
    a, b = GOOD.copy(), POOR.copy()
    a[150:], b[:145] = np.nan, np.nan
    suite = run(accuracy=SMALL).dataset("d", 300)
    suite.provider("a").scores("a", GOLD, a).provider("b").scores("b", GOLD, b)
    found = compare(suite, "a", "b")
    assert (found.verdict, found.n_pairs, found.p_adjusted, found.ci_low) == ("not comparable", 5, None, None)


def test_provider_without_scores_is_not_compared(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 300).provider("a").scores("a", GOLD, GOOD)
    suite.provider("constant").scores("constant", GOLD, np.ones(300)).provider("none")
    findings = find(suite.build())
    assert findings.comparisons == ()
    [spearman, _] = findings.datasets
    assert (spearman.best, spearman.tied, spearman.comparisons) == ("a", (), 0)
    assert spearman.smallest_detectable is None


def test_identical_scores_do_not_say_what_could_be_missed(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 300)
    suite.provider("a").scores("a", GOLD, GOOD).provider("b").scores("b", GOLD, GOOD)

    [spearman, _] = find(suite.build()).datasets

    assert spearman.comparisons == 1
    assert spearman.smallest_detectable is None


def test_detectable_difference_of_a_dataset(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 300)
    suite.provider("a").scores("a", GOLD, GOOD).provider("b").scores("b", GOLD, POOR)
    [spearman, _] = find(suite.build()).datasets
    pair = compare(suite, "a", "b")
    assert pair.se is not None
    assert pair.ci_low is not None
    assert spearman.smallest_detectable == pytest.approx(pair.detectable, rel=1e-9)  # a table has ten digits
    assert pair.diff is not None
    assert pair.detectable == pytest.approx(pair.diff - pair.ci_low + 1.2816 * pair.se, rel=1e-3)
    assert pair.detectable == pytest.approx(3.24 * pair.se, rel=0.05)


def test_findings_and_tables_agree_on_ties(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 300)
    for name, scores in (("a", GOOD), ("b", POOR), ("c", GOLD + RNG.normal(size=300))):
        suite.provider(name).scores(name, GOLD, scores)
    derived = derive_all(suite.build())
    [spearman, _] = derived.findings.datasets
    tied = {row["provider"] for row in derived.tables["accuracy.csv"] if row["tie_group"] == 1}
    assert tied == {spearman.best, *spearman.tied} == {"a", "c"}


def test_same_pairs_resampled_rarely_differ(run: Any) -> None:
    # A/A: two providers that are equally good on other noise; 5 % of verdicts may differ, by chance.
    different = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        gold = rng.normal(size=100)
        suite = run(accuracy={"resamples": 100}).dataset("d", 100)
        for name in "ab":
            suite.provider(name).scores(name, gold, gold + rng.normal(size=100))
        different += compare(suite, "a", "b").verdict != "no clear difference"
    assert different <= 11


def test_comparison_is_flat() -> None:
    assert {f.name for f in dataclasses.fields(ProviderDifference)} >= {
        "provider_a", "provider_b", "dataset", "metric", "diff", "ci_low", "ci_high", "p_adjusted", "verdict",
    }  # fmt: skip
