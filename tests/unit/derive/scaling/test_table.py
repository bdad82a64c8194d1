"""scaling.csv: exact counts, fits, projections and the check against the largest size."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from embedmark.allpairs.counts import multiplied
from embedmark.derive import derive_all, derive_tables

SIZES = (10, 20, 40, 80)


def scaling(run: Any) -> list[dict[str, Any]]:
    return derive_tables(run.build())["scaling.csv"]


def pairs(n: int) -> int:
    return n * (n - 1) // 2


def bi(run: Any, noise: float = 0.0, **scaling_spec: Any) -> Any:
    suite = run(scaling={"project_to": [10_000, 100_000], **scaling_spec}).dataset("d", 500).provider("bi")
    rng = np.random.default_rng(0)
    for n in SIZES:
        suite.stage("bi", "encode", n, (0.01 + 0.001 * n) * (1 + noise * rng.normal(size=3)))
        suite.stage("bi", "similarity", n, (1e-5 + 1e-8 * multiplied(n)) * (1 + noise * rng.normal(size=3)))
    return suite


def cross(run: Any, sizes: tuple[int, ...] = SIZES) -> Any:
    suite = run(scaling={"project_to": []}).dataset("d", 500).provider("cross", kind="cross-encoder")
    for n in sizes:
        suite.stage("cross", "predict", n, [0.005 * pairs(n)] * 3)
    return suite


def test_bi_encoder_rows(run: Any) -> None:
    rows = scaling(bi(run))
    assert [row["n"] for row in rows] == [10, 20, 40, 80, 1000, 10_000, 100_000]
    assert [row["basis"] for row in rows] == ["measured"] * 3 + ["held-out"] + ["projected"] * 3
    assert [row["encodes"] for row in rows] == [row["n"] for row in rows]
    assert {row["pair_predictions"] for row in rows} == {None}
    assert rows[0]["seconds"] == pytest.approx(0.02001 + 1e-8 * 100)
    for row in rows[4:]:
        assert row["seconds"] == pytest.approx(0.01001 + 0.001 * row["n"] + 1e-8 * multiplied(row["n"]), rel=1e-6)


def test_cross_encoder_rows(run: Any) -> None:
    rows = scaling(cross(run))
    assert [row["pair_predictions"] for row in rows] == [45, 190, 780, 3160, 499_500]
    assert {row["encodes"] for row in rows} == {None}
    assert rows[-1]["seconds"] == pytest.approx(499_500 * 0.005)


def off_projections(suite: Any) -> list[Any]:
    facts = derive_all(suite.build()).tables["scaling_facts.csv"]
    return [row for row in facts if row.fact == "projection-off"]


def test_projection_has_an_interval_that_holds_the_truth(run: Any) -> None:
    for row in scaling(bi(run, noise=0.03))[4:]:
        truth = 0.01001 + 0.001 * row["n"] + 1e-8 * multiplied(row["n"])
        assert row["seconds_ci_low"] < truth < row["seconds_ci_high"]
        assert row["seconds_ci_low"] < row["seconds"] < row["seconds_ci_high"]


def test_the_fit_has_not_seen_the_largest_size(run: Any) -> None:
    suite = bi(run)
    before = scaling(suite)[-1]["seconds"]
    for row in suite.samples:
        if row["n"] == 80 and row["scenario"] == "encode":
            row["elapsed_ns"] *= 2
    assert scaling(suite)[-1]["seconds"] == before
    [check] = off_projections(suite)
    assert (check.provider, check.n) == ("bi", 80)
    measured, projected = 2 * 0.09001 + 2e-8 * 80**2, 0.09001 + 1e-8 * 80**2
    assert check.value == pytest.approx(projected / measured - 1, abs=0.01)


def test_below_three_sizes_nothing_is_held_out(run: Any) -> None:
    rows = scaling(cross(run, sizes=(10, 20)))
    assert [row["basis"] for row in rows] == ["measured", "measured", "projected"]
    assert off_projections(cross(run, sizes=(10, 20))) == []
    [_, row] = scaling(cross(run, sizes=(10,)))
    assert row["seconds"] == pytest.approx(499_500 * 0.005)


def test_a_measured_size_is_not_projected(run: Any) -> None:
    rows = scaling(cross(run, sizes=(10, 100, 1000)))
    assert [(row["n"], row["basis"]) for row in rows] == [(10, "measured"), (100, "measured"), (1000, "held-out")]


def test_similarities_timed_at_larger_sizes_only_help_the_fit(run: Any) -> None:
    suite = bi(run)
    for n in (500, 1000, 2000):
        suite.stage("bi", "similarity", n, [1e-5 + 1e-8 * multiplied(n)] * 3)
    rows = scaling(suite)
    assert [row["n"] for row in rows] == [10, 20, 40, 80, 1000, 10_000, 100_000]
    assert rows[4]["basis"] == "projected"
    assert rows[-1]["seconds"] == pytest.approx(100.01001 + 1e-8 * multiplied(100_000), rel=1e-6)


@pytest.mark.parametrize("alone", [(1000, 2000, 4000), (4096, 6144, 8192)])
def test_similarity_stage_is_projected_by_block_products(alone: tuple[int, ...], run: Any) -> None:
    """What n^2 or the number of pairs got wrong by 1.3 and more: within a block, the full square is multiplied."""
    suite = run(scaling={"project_to": [10_000, 100_000]}).dataset("d", 500).provider("bi")
    for n in SIZES:
        suite.stage("bi", "encode", n, [1e-9 * n] * 3)

    def seconds(n: int) -> float:  # of an exact machine: overhead, work for each text, and products, block by block
        edges = [*range(0, n, 2048), n]
        blocks = [b - a for a, b in itertools.pairwise(edges)]
        products = sum(a * b for i, a in enumerate(blocks) for b in blocks[i:])
        return 2e-5 + 3e-6 * n + 16e-9 * products

    for n in (*SIZES, *alone):
        suite.stage("bi", "similarity", n, [seconds(n)] * 3)
    for row in scaling(suite)[-2:]:
        assert row["seconds"] == pytest.approx(seconds(row["n"]), rel=1e-3)
    facts = derive_tables(suite.build())["scaling_facts.csv"]
    (product,) = [row["value"] for row in facts if row["fact"] == "fit-similarity-per-product"]
    assert product == pytest.approx(16e-9, rel=1e-3)


def test_similarity_timed_alone_is_not_the_row_of_a_suite_size(run: Any) -> None:
    suite = bi(run)
    suite.stage("bi", "similarity", 40, [9.0] * 3)
    assert next(row for row in scaling(suite) if row["n"] == 40)["seconds"] < 0.1


def test_two_fitted_sizes_have_no_interval(run: Any) -> None:
    row = scaling(cross(run, sizes=(10, 20)))[-1]
    assert (row["basis"], row["seconds_ci_low"]) == ("projected", None)


def test_billed_tokens_replace_uncounted_tokens(run: Any) -> None:
    price = {"provider": "", "plugin": "sbert", "usd_per_1m_tokens": 1.0, "source": "s", "as_of": None}
    for suite, reads in ((bi(run), lambda n: n), (cross(run), lambda n: n * (n - 1))):
        name = suite.providers[0]["name"]
        suite.prices.append({**price, "model": f"model of {name}"})
        suite.sample(name, "accuracy", n_items=10.0, tokens=(150.0 if name == "bi" else 300.0))
        for row in scaling(suite):
            assert row["usd"] == pytest.approx(reads(row["n"]) * 15 / 1e6)
        for row in suite.samples:  # and those of the scaling rows themselves come first
            if row.get("scenario") in ("encode", "predict"):
                items = row["n"] if row["scenario"] == "encode" else pairs(row["n"])
                row |= {"n_items": float(items), "tokens": items * (7.0 if name == "bi" else 14.0)}
        for row in scaling(suite):
            assert row["usd"] == pytest.approx(reads(row["n"]) * 7 / 1e6)


def test_small_size_overhead_does_not_inflate_the_projection(run: Any) -> None:
    suite = run(scaling={"project_to": []}).dataset("d", 500).provider("bi")
    for n in SIZES:
        suite.stage("bi", "encode", n, [0.001 * n] * 3).stage("bi", "similarity", n, [20e-6] * 3)
    assert scaling(suite)[-1]["seconds"] == pytest.approx(1.0, rel=1e-3)


def test_six_repeats_have_an_interval(run: Any) -> None:
    suite = run(scaling={"project_to": []}).dataset("d", 500).provider("c", kind="cross-encoder")
    suite.stage("c", "predict", 10, [1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
    row = scaling(suite)[0]
    assert row["seconds"] == pytest.approx(1.25)
    assert 1.0 <= row["seconds_ci_low"] < 1.25 < row["seconds_ci_high"] <= 1.5


def test_one_measurement_is_projected_without_an_interval(run: Any) -> None:
    suite = run(scaling={"project_to": []}).dataset("d", 500).provider("c", kind="cross-encoder")
    row = scaling(suite.stage("c", "predict", 10, [0.45]))[1]
    assert (row["seconds"], row["seconds_ci_low"]) == (pytest.approx(4995.0), None)


def test_hardware_price_times_seconds(run: Any) -> None:
    suite = cross(run)
    suite.measure["cost"] = {"hardware_usd_per_hour": 3.6}
    for row in scaling(suite):
        assert row["usd"] == pytest.approx(row["seconds"] * 0.001)


def test_cross_encoder_bills_each_text_n_less_one_times(run: Any) -> None:
    price = {"provider": "", "plugin": "sbert", "usd_per_1m_tokens": 1.0, "source": "s", "as_of": None}
    for suite, reads in ((bi(run), lambda n: n), (cross(run), lambda n: n * (n - 1))):
        name = suite.providers[0]["name"]
        suite.prices.append({**price, "model": f"model of {name}"})
        suite.tokens = {name: {"d": {"n_texts": 100, "read": 1500}}}
        for row in scaling(suite):
            assert row["usd"] == pytest.approx(reads(row["n"]) * 15 / 1e6)


def test_what_was_not_measured_has_no_rows(run: Any) -> None:
    suite = bi(run).provider("never").provider("half")
    suite.stage("half", "encode", 10, [0.1])
    suite.sample("never", "scaling", scenario="encode", n=10.0, repeat=1.0, status="failed")
    assert {row["provider"] for row in scaling(suite)} == {"bi"}
