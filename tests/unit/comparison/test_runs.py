"""Comparisons: verdicts follow the rules of the design, and rarely speak where nothing changed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from embedmark.comparison.match import Side
from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.runs import compare_providers, compare_runs
from embedmark.derive.run import MeasuredRun
from embedmark.errors import UsageError
from embedmark.store.read import read_run
from tools.synthetic import FakeDataset, FakeProvider, make_run

THREE = (FakeProvider("small", noise=1.2, rate=2000), FakeProvider("large", noise=0.8, rate=200), FakeProvider("other"))
DATA = (FakeDataset(n_pairs=120),)


def side(folder: Path, providers: Sequence[FakeProvider] = THREE, **options: Any) -> Side:
    return Side(
        folder.name, (MeasuredRun.of(read_run(make_run(folder, providers, options.pop("datasets", DATA), **options))),)
    )


def find(found: ComparedRuns, provider: str, metric: str) -> Change:
    return next(c for c in found.changes if (c.provider, c.metric) == (provider, metric))


def with_rate(name: str, factor: float) -> tuple[FakeProvider, ...]:
    return tuple(replace(p, rate=p.rate * factor) if p.name == name else p for p in THREE)


def test_a_run_against_itself_shows_nothing(tmp_path: Path) -> None:
    one = side(tmp_path / "a", calls=400)
    found = compare_runs(one, [Side("b", one.runs)])
    assert {c.verdict for c in found.changes} == {"no clear difference"}
    assert {c.change for c in found.changes if c.scale == "difference"} == {0.0}


@pytest.mark.parametrize(("factor", "verdict"), [(0.7, "worse"), (1.5, "better")])
def test_changed_speed_shows_at_any_pace_of_the_machine(tmp_path: Path, factor: float, verdict: str) -> None:
    found = compare_runs(side(tmp_path / "a"), [side(tmp_path / "b", with_rate("large", factor), seed=1, pace=0.8)])
    assert find(found, "large", "items_per_s").verdict == verdict
    change = find(found, "large", "items_per_s")
    assert change.ci_low is not None
    assert change.ci_high is not None
    assert change.ci_low <= factor - 1 <= change.ci_high
    # The other two did not change: the machine's pace is not taken for theirs.
    assert {find(found, name, "items_per_s").verdict for name in ("small", "other")} == {"no clear difference"}
    assert find(found, "large", "usd_per_1k_items").verdict == verdict


def test_a_difference_within_the_margin_is_not_claimed(tmp_path: Path) -> None:
    found = compare_runs(side(tmp_path / "a"), [side(tmp_path / "b", with_rate("large", 0.97), seed=1)])
    assert find(found, "large", "items_per_s").verdict == "no clear difference"


def test_one_provider_in_one_run_a_side_has_no_timing_verdict(tmp_path: Path) -> None:
    alone = THREE[:1]
    found = compare_runs(side(tmp_path / "a", alone), [side(tmp_path / "b", with_rate("small", 0.5)[:1], seed=1)])
    change = find(found, "small", "items_per_s")
    assert change.verdict == "not comparable"
    assert "three times" in change.reason


def test_reference_says_which_of_two_providers_drifted(tmp_path: Path) -> None:
    two = THREE[:2]
    base, new = side(tmp_path / "a", two), side(tmp_path / "b", with_rate("small", 0.5)[:2], seed=1)
    assert find(compare_runs(base, [new]), "small", "items_per_s").verdict == "not comparable"
    found = compare_runs(base, [new], reference="large")
    assert find(found, "small", "items_per_s").verdict == "worse"
    assert find(found, "large", "items_per_s").reason == "it is the reference"


def test_three_runs_a_side_need_no_reference(tmp_path: Path) -> None:
    alone = THREE[:1]
    runs = [side(tmp_path / f"a{i}", alone, seed=i).runs[0] for i in range(3)]
    slow = [side(tmp_path / f"b{i}", with_rate("small", 0.6)[:1], seed=9 + i).runs[0] for i in range(3)]
    found = compare_runs(Side("a", tuple(runs)), [Side("b", tuple(slow))])
    assert find(found, "small", "items_per_s").verdict == "worse"
    assert find(found, "small", "latency_ms_p50").verdict == "worse"
    assert "3 and 3 runs" in find(found, "small", "items_per_s").reason


def test_another_machine_leaves_ratios_to_a_reference(tmp_path: Path) -> None:
    base = side(tmp_path / "a")
    other = side(tmp_path / "b", seed=1, pace=4, environment={"cpu": "another CPU"})
    found = compare_runs(base, [other])
    timings = [c for c in found.changes if c.metric == "items_per_s"]
    assert {c.verdict for c in timings} == {"not comparable"}
    assert all("another CPU" in c.reason for c in timings)
    ratio = next(c for c in timings if c.provider == "large" and "ratio to small" in c.setting)
    assert ratio.baseline == pytest.approx(0.1, rel=0.05)
    assert ratio.value == pytest.approx(0.1, rel=0.05)
    assert find(found, "large", "spearman").verdict != "not comparable"


def test_other_threads_dataset_or_price_is_not_comparable(tmp_path: Path) -> None:
    api = (FakeProvider("api", usd_per_1m_tokens=0.02), *THREE)
    base = side(tmp_path / "a", api)
    dearer = (replace(api[0], usd_per_1m_tokens=0.13), *THREE)
    other = side(tmp_path / "b", dearer, datasets=(FakeDataset(n_pairs=119),), environment={"cores_usable": 8})
    found = compare_runs(base, [other])
    assert "another dataset of this name" in find(found, "api", "spearman").reason
    assert "another dataset" in find(found, "api", "usd_per_1k_items").reason
    same_data = side(tmp_path / "c", dearer)
    assert "another price" in find(compare_runs(base, [same_data]), "api", "usd_per_1k_items").reason
    same = compare_runs(base, [side(tmp_path / "d", api, seed=4)])
    assert find(same, "api", "usd_per_1k_items").ci_low == 0.0


def test_recipe_differences_are_listed_and_exclude_nothing(tmp_path: Path) -> None:
    changed = (replace(THREE[0], facts={"options": {"truncate_dim": 64}, "dim": 64}), *THREE[1:])
    changed = (replace(changed[0], facts={"options": {"truncate_dim": 32}, "dim": 32}), *THREE[1:])
    found = compare_runs(side(tmp_path / "a"), [side(tmp_path / "b", changed, seed=1)])
    assert "recipe of small: dim 64 → 32; truncate_dim null → 32" in found.notes
    assert find(found, "small", "spearman").verdict != "not comparable"


def test_pairs_are_joined_by_id_and_a_gap_is_left_out(tmp_path: Path) -> None:
    base, new = side(tmp_path / "a"), side(tmp_path / "b")
    raw = new.first.raw
    shuffled = raw.scores.sample(frac=1, random_state=1)
    gap = (shuffled["provider"] == "small") & (shuffled["pair_id"] == "7")
    shuffled.loc[gap, "predicted"] = np.nan
    found = compare_runs(base, [Side("b", (MeasuredRun.of(replace(raw, scores=shuffled)),))])
    change = find(found, "small", "spearman")
    assert change.reason == change.unjudged == "paired over 119 pairs: b lost 1 that the other scored"
    assert find(found, "large", "spearman").unjudged == ""
    assert {c.change for c in found.changes if c.metric == "spearman"} == {0.0}


def test_untrained_and_constant_providers_say_why(tmp_path: Path) -> None:
    odd = (*THREE, FakeProvider("head", untrained=True), FakeProvider("flat", constant=True))
    found = compare_runs(side(tmp_path / "a", odd), [side(tmp_path / "b", odd, seed=1)])
    assert "no trained head" in find(found, "head", "spearman").reason
    assert "undefined" in find(found, "flat", "spearman").reason


def test_two_providers_of_one_run(tmp_path: Path) -> None:
    one = side(tmp_path / "a")
    found = compare_providers(one, "small", "large")
    assert find(found, "large", "spearman").verdict == "better"
    assert find(found, "large", "items_per_s").change == pytest.approx(-0.9, abs=0.02)
    assert find(found, "large", "items_per_s").against == "small"
    for a, b, said in (("small", "lrage", "'lrage'"), ("small", "small", "twice")):
        with pytest.raises(UsageError, match=said):
            compare_providers(one, a, b)


def test_runs_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no provider name in common"):
        compare_runs(side(tmp_path / "a", THREE[:1]), [side(tmp_path / "b", THREE[1:])])


def resampled(side_: Side, rng: np.random.Generator) -> Side:
    """The same run measured again, as far as chance goes: scores of one exchanged at random with its twin's, passes
    and calls drawn again, and a pace of the machine of its own."""
    raw = side_.first.raw
    samples = raw.samples.copy()
    pace = float(rng.lognormal(0, 0.05))
    for _, rows in samples[samples["measure"].isin(("throughput", "latency"))].groupby(
        ["provider", "measure", "batch_size"]
    ):
        drawn = rng.choice(rows["elapsed_ns"].to_numpy(), len(rows))
        samples.loc[rows.index, "elapsed_ns"] = drawn * pace * float(rng.lognormal(0, 0.01))
    scores = raw.scores.copy()
    gold = scores["gold"].to_numpy()
    scores["predicted"] = (gold + rng.normal(0, 1.0, gold.size)) / 5
    return Side("again", (MeasuredRun.of(replace(raw, samples=samples, scores=scores)),))


@pytest.mark.slow
def test_simulated_reruns_rarely_have_a_verdict(tmp_path: Path) -> None:
    """Pairs of runs between which nothing differs but chance. `make simulate` takes 1,000 of them, and at most 7 %."""
    rounds = int(os.environ.get("EMBEDMARK_ROUNDS", "25"))
    measure = ("accuracy", "throughput", "latency")
    original = side(tmp_path / "a", [replace(p, noise=1.0) for p in THREE], calls=80, measure=measure)
    asked = original.first.raw.manifest.suite.measure.accuracy
    assert asked is not None
    asked.resamples = 200
    rng = np.random.default_rng(0)
    spoke: Counter[str] = Counter()
    for _ in range(rounds):
        found = compare_runs(resampled(original, rng), [resampled(original, rng)])
        for change in found.changes:
            assert change.verdict != "not comparable" or change.metric == "latency_ms_p99"
        # By metric, over a run's three providers at once, as somebody reads them.
        spoke.update({c.metric for c in found.changes if c.verdict in ("better", "worse")})
    print(rounds, dict(spoke))
    limit = 0.07 * rounds if rounds >= 1000 else stats.binom.isf(0.001, rounds, 0.07)
    assert {metric: n for metric, n in spoke.items() if n > limit} == {}
    if rounds >= 1000:
        assert spoke["spearman"] > 0.01 * rounds  # verdicts that never speak would be worth nothing
