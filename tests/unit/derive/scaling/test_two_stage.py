"""Two-stage rows, crossovers and neighbours kept, from times and neighbours of known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from embedmark.derive import derive_tables
from embedmark.derive.scaling.facts import first_over
from embedmark.store.columns import DERIVED_AT_NEED
from embedmark.store.read import RawRun

SIZES = (10, 20, 40, 80)
K = 5


def pairs(n: int) -> int:
    return n * (n - 1) // 2


def both(run: Any, candidates: int = K, sizes: tuple[int, ...] = SIZES, **measure: Any) -> Any:
    """bi: 1 ms a text. cross: 5 ms a pair. No constants, no noise."""
    spec = {"project_to": [10_000], "candidates": candidates, "top_k": 2}
    suite = run(scaling=spec, **measure).dataset("d", 500).provider("bi").provider("cross", kind="cross-encoder")
    for n in sizes:
        suite.stage("bi", "encode", n, [0.001 * n] * 3).stage("bi", "similarity", n, [1e-9] * 3)
        suite.stage("cross", "predict", n, [0.005 * pairs(n)] * 3)
    return suite


def table(raw: RawRun, name: str, provider: str) -> list[dict[str, Any]]:
    return [row for row in derive_tables(raw)[name] if row["provider"] == provider]


def facts(raw: RawRun, provider: str) -> dict[str, dict[str, Any]]:
    return {row["fact"]: row for row in table(raw, "scaling_facts.csv", provider)}


def reranked(suite: Any, n: int, seconds: list[float], predicted: int) -> RawRun:
    raw = suite.build()
    cells = {"n": float(n), "n_items": float(predicted)}
    row = {**raw.samples.iloc[-1].to_dict(), "provider": "bi+cross", "kind": "two-stage", "scenario": "rerank", **cells}
    rows = [{**row, "repeat": i, "elapsed_ns": s * 1e9} for i, s in enumerate(seconds, start=1)]
    samples = pd.concat([raw.samples, pd.DataFrame(rows)], ignore_index=True)
    return RawRun(raw.manifest, samples, raw.scores, raw.failures)


def neighbours(raw: RawRun, provider: str, lists: np.ndarray) -> RawRun:
    n, k = lists.shape
    frame = pd.DataFrame({
        "provider": provider, "dataset": "d", "n": float(n), "text": np.repeat(np.arange(n, dtype=float), k),
        "rank": np.tile(np.arange(1.0, k + 1), n), "neighbour": lists.ravel().astype(float), "value": 0.5,
    })  # fmt: skip
    frames = [frame] if raw.neighbours is None else [raw.neighbours, frame]
    return RawRun(raw.manifest, raw.samples, raw.scores, raw.failures, pd.concat(frames, ignore_index=True))


def test_two_stages_are_n_encodes_and_k_predictions_a_text(run: Any) -> None:
    rows = table(both(run).build(), "scaling.csv", "bi+cross")
    assert [(row["kind"], row["n"], row["basis"]) for row in rows] == [
        ("two-stage", 1000, "projected"), ("two-stage", 10_000, "projected")
    ]  # fmt: skip
    for row in rows:
        n = row["n"]
        assert (row["encodes"], row["pair_predictions"]) == (n, K * n)
        assert row["seconds"] == pytest.approx(0.001 * n + 0.005 * K * n, rel=1e-4)


def test_few_texts_never_have_more_candidates_than_pairs(run: Any) -> None:
    suite = both(run, candidates=50)
    suite.measure["scaling"]["project_to"] = [80]
    [row] = [row for row in table(suite.build(), "scaling.csv", "bi+cross") if row["n"] == 80]
    assert row["pair_predictions"] == pairs(80)
    assert row["seconds"] == pytest.approx(0.08 + 0.005 * pairs(80), rel=1e-4)


def test_measured_second_stage_checks_the_projection(run: Any) -> None:
    raw = reranked(both(run), 80, [1.0, 1.1, 1.3], 250)
    [row] = [row for row in table(raw, "scaling.csv", "bi+cross") if row["n"] == 80]
    assert (row["basis"], row["seconds"]) == ("held-out", pytest.approx(0.08 + 1.1))
    assert row["pair_predictions"] == 250  # 400 at most, less those that both texts name
    off = facts(raw, "bi+cross")["projection-off"]
    assert off["n"] == 80
    assert off["value"] == pytest.approx((0.08 + 0.005 * 250) / 1.18 - 1, rel=1e-4)


def test_crossovers_are_the_first_n_that_takes_longer(run: Any) -> None:
    found = facts(both(run).build(), "cross")
    for name, limit in (("1-s", 1), ("1-min", 60), ("1-h", 3600), ("1-day", 86_400)):
        n = found[f"longer-than-{name}"]["value"]
        assert 0.005 * pairs(n - 1) <= limit < 0.005 * pairs(n)
    assert found["fit-predict-per-pair"]["value"] == pytest.approx(0.005)


def test_two_stages_win_once_saved_predictions_pay_for_encodes(run: Any) -> None:
    n = facts(both(run).build(), "bi+cross")["faster-than-all-pairs"]["value"]

    def saved(n: int) -> float:
        return 0.005 * pairs(n) - 0.005 * min(K * n, pairs(n)) - 0.001 * n

    assert saved(n - 1) <= 0 < saved(n)


def test_symmetric_cross_encoder_predicts_candidates_both_ways(run: Any) -> None:
    suite = both(run)
    suite.providers[1]["symmetric"] = True
    suite.measure["scaling"]["project_to"] = [80]
    raw = reranked(suite, 80, [1.0], 250)
    rows = {row["n"]: row["pair_predictions"] for row in table(raw, "scaling.csv", "bi+cross")}
    assert rows == {80: 2 * 250, 1000: 2 * K * 1000}
    alone = {row["n"]: row["pair_predictions"] for row in table(raw, "scaling.csv", "cross")}
    assert alone[80] == 2 * pairs(80)


def test_crossovers_ignore_the_step_at_the_measured_size(run: Any) -> None:
    """At 8 texts 3 pairs were counted, far below the bound: two stages are not said to pay from there on."""
    sizes = (4, 6, 8)
    plain, counted = both(run, sizes=sizes), both(run, sizes=sizes)
    found = [facts(raw, "bi+cross") for raw in (plain.build(), reranked(counted, 8, [0.02], 3))]
    names = [name for name in found[0] if name.startswith(("longer-than", "faster"))]
    assert [found[1][name]["value"] for name in names] == [found[0][name]["value"] for name in names]
    assert found[1]["projection-off"]["value"] == pytest.approx((0.008 + 0.005 * 3) / (0.008 + 0.02) - 1, rel=1e-3)


def test_usd_of_two_stages_is_that_of_both(run: Any) -> None:
    suite = both(run, cost={"hardware_usd_per_hour": 3600})  # a dollar a second
    suite.prices.append({"provider": "bi", "usd_per_1m_tokens": 2.0})
    suite.tokens = {"bi": {"d": {"read": 500, "n_texts": 50}}}  # 10 tokens a text
    raw = suite.build()
    row = table(raw, "scaling.csv", "bi+cross")[-1]
    assert row["usd"] == pytest.approx(10_000 * 10 * 2e-6 + 0.005 * K * 10_000, rel=1e-4)
    assert facts(raw, "bi+cross")["cheaper-than-all-pairs"]["value"] == 2 * K + 2  # the encodes cost next to nothing


def test_the_share_of_neighbours_that_the_first_stage_passes_on(run: Any) -> None:
    n = 20
    ring = np.array([[(i + j) % n for j in range(1, 6)] for i in range(n)])
    own = np.array([[(i + 1) % n, (i + 4) % n] for i in range(n)])  # ranks 1 and 4 of the bi-encoder's five
    own[0] = 11, 12  # and of one text, none
    raw = neighbours(neighbours(both(run).build(), "bi", ring), "cross", own)
    kept = [row for row in table(raw, "scaling_facts.csv", "bi+cross") if row["fact"] == "neighbours-kept"]
    assert [(row["n"], row["candidates"], row["top_k"]) for row in kept] == [(20, 2, 2), (20, 4, 2), (20, 5, 2)]
    assert [row["value"] for row in kept] == pytest.approx([19 / 40, 38 / 40, 38 / 40])
    assert all(row["ci_low"] < row["value"] < row["ci_high"] <= 1 for row in kept)


def test_a_neighbour_is_kept_where_either_text_names_the_other(run: Any) -> None:
    """The time of a pair is charged once, whichever of its texts named it, and both are scored."""
    n = 20
    ahead = np.array([[(i + 1) % n, (i + 2) % n] for i in range(n)])
    behind = np.array([[(i - 1) % n, (i + 10) % n] for i in range(n)])
    raw = neighbours(neighbours(both(run, candidates=2).build(), "bi", ahead), "cross", behind)

    kept = facts(raw, "bi+cross")["neighbours-kept"]

    assert (kept["value"], kept["candidates"]) == (0.5, 2)


def test_the_interval_of_a_share_is_from_the_spread_of_shares(run: Any) -> None:
    """Half of the neighbours of each text: Wilson's interval of 40 texts would be 0.35 to 0.65."""
    n, rng = 40, np.random.default_rng(0)
    ring = np.array([[(i + j) % n for j in range(1, 6)] for i in range(n)])
    own = np.array([[(i + 1) % n, (i + 2) % n, (i + 15) % n, (i + 16 + rng.integers(2)) % n] for i in range(n)])
    own[::8, 2] = [(i + 3) % n for i in range(0, n, 8)]
    suite = both(run)
    suite.measure["scaling"]["top_k"] = 4
    raw = neighbours(neighbours(suite.build(), "bi", ring), "cross", own)

    found = [row for row in table(raw, "scaling_facts.csv", "bi+cross") if row["fact"] == "neighbours-kept"][-1]

    shares = np.array([0.75 if i % 8 == 0 else 0.5 for i in range(n)])
    half = 2.0227 * shares.std(ddof=1) / np.sqrt(n)
    assert found["value"] == pytest.approx(shares.mean())
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((shares.mean() - half, shares.mean() + half), abs=1e-4)


def test_throughput_of_the_same_run_is_one_more_size(run: Any) -> None:
    """Small sizes alone are off by a third here; the passes of 1,000 texts put the line right."""
    suite = both(run, sizes=(10, 16, 24, 36))
    for factor, n in ((0.7, 10), (1.4, 16), (0.8, 24), (1.3, 36)):
        suite.samples = [s for s in suite.samples if not (s["provider"] == "bi" and s.get("n") == n)]
        suite.stage("bi", "encode", n, [0.001 * n * factor] * 3).stage("bi", "similarity", n, [1e-9] * 3)
    suite.measure["scaling"] |= {"batch_size": 32, "project_to": [1000]}
    alone = table(suite.build(), "scaling.csv", "bi")[-1]
    suite.passes("bi", [1.0] * 10, batch_size=32, n=1000)

    together = table(suite.build(), "scaling.csv", "bi")[-1]

    def width(row: dict[str, Any]) -> float:
        return float(row["seconds_ci_high"]) - float(row["seconds_ci_low"])

    assert together["seconds"] == pytest.approx(1.0, rel=0.2)
    assert abs(together["seconds"] - 1) < abs(alone["seconds"] - 1)
    assert width(together) < width(alone)


def test_an_untrained_cross_encoder_has_no_neighbours_to_keep(run: Any) -> None:
    suite = both(run)
    suite.providers[1]["untrained"] = True
    ring = np.array([[(i + j) % 20 for j in range(1, 6)] for i in range(20)])
    raw = neighbours(neighbours(suite.build(), "bi", ring), "cross", ring)
    assert "neighbours-kept" not in facts(raw, "bi+cross")
    assert "faster-than-all-pairs" in facts(raw, "bi+cross")


def test_accuracy_gain_is_cross_less_bi_with_paired_interval(run: Any) -> None:
    suite = both(run, accuracy={})
    rng = np.random.default_rng(0)
    gold = rng.normal(size=300)
    suite.scores("bi", gold, gold + rng.normal(size=300)).scores("cross", gold, gold + 0.3 * rng.normal(size=300))
    raw = suite.build()
    gain = facts(raw, "bi+cross")["spearman-gain"]
    by_provider = {row["provider"]: row["spearman"] for row in derive_tables(raw)["summary.csv"]}
    assert gain["value"] == pytest.approx(by_provider["cross"] - by_provider["bi"])
    assert 0 < gain["ci_low"] < gain["value"] < gain["ci_high"]


def test_only_the_pairings_that_are_named(run: Any) -> None:
    suite = both(run)
    suite.measure["scaling"]["pairings"] = []
    assert table(suite.build(), "scaling.csv", "bi+cross") == []


def test_rows_have_exactly_the_columns(run: Any) -> None:
    rows = derive_tables(both(run).build())["scaling_facts.csv"]
    assert rows
    assert all(tuple(row.cells()) == DERIVED_AT_NEED["scaling_facts.csv"] for row in rows)


def test_below_three_sizes_nothing_is_checked(run: Any) -> None:
    assert "projection-off" not in facts(both(run, sizes=(10, 20)).build(), "cross")


def test_first_over_finds_the_smallest_n() -> None:
    assert first_over(lambda n: n * n, 1000) == 32
    assert first_over(lambda n: n, 1) == 2
    assert first_over(lambda n: 0.0 * n, 1) is None
