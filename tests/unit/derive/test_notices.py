"""Warnings that follow from the raw rows: each is given where it should be, and not where it should not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from embedmark.derive.notices import notices_of
from embedmark.store.columns import RAW
from embedmark.store.frames import NUMERIC
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import RawRun


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(RAW[name]))
    for column in table:
        table[column] = (
            table[column].astype("float64") if column in NUMERIC else table[column].astype(object).fillna("")
        )
    return table


def run(samples: list[dict[str, Any]], scores: list[dict[str, Any]] = (), warmup: int = 5) -> RawRun:  # type: ignore[assignment]
    manifest = {
        "suite": {"providers": [], "datasets": [], "measure": {"latency": {"warmup": warmup}}},
        "providers": [{"name": "a", "kind": "bi-encoder"}],
        "datasets": [{"name": "d", "n_pairs": 2, "sha256": ""}],
    }
    common = {"provider": "a", "dataset": "d", "status": "ok", "phase": "timed"}
    return RawRun(
        Manifest.from_json(manifest),
        frame("samples.csv", [common | row for row in samples]),
        frame("scores.csv", [{"provider": "a", "dataset": "d"} | row for row in scores]),
        frame("failures.csv", []),
    )


def passes(*ms: float) -> list[dict[str, Any]]:
    return [{"measure": "throughput", "batch_size": 8, "elapsed_ns": m * 1e6} for m in ms]


def calls(n: int, retries: int = 0) -> list[dict[str, Any]]:
    row = {"measure": "latency", "scenario": "single-stream", "elapsed_ns": 1e6, "retries": retries}
    return [row] * n


def codes(raw: RawRun) -> list[str]:
    return [notice.code for notice in notices_of(raw)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (passes(*[100, 101, 99, 100, 102, 100, 99, 101]), []),
        (passes(*[100, 160, 90, 140, 100, 180, 95, 150]), ["high-variance"]),
        (passes(*[100, 101, 99, 100, 100, 101, 99, 400, 380, 100]), ["outliers"]),
        (calls(400), []),
        (calls(71), ["few-samples"]),
        (calls(72), ["few-samples"]),
        (calls(367), ["few-samples"]),
        (calls(368), []),
        (calls(399) + calls(1, retries=2), ["retries"]),
    ],
)
def test_samples(rows: list[dict[str, Any]], expected: list[str]) -> None:
    assert codes(run(rows)) == expected


def test_percentiles_that_the_calls_cannot_bound_are_named() -> None:
    (both,) = notices_of(run(calls(71)))
    (last,) = notices_of(run(calls(72)))
    assert "too few for an interval of p95 and p99 (72 and 368 are enough)" in both.message
    assert "too few for an interval of p99 (368 are enough)" in last.message


def test_retries_within_a_timed_pass_are_said() -> None:
    rows = [{**row, "retries": float(i == 3)} for i, row in enumerate(passes(*[100] * 10))]
    (notice,) = notices_of(run(rows))
    assert (notice.code, notice.data["retried"], notice.data["rows"]) == ("retries", 1, 10)


def test_a_slow_first_call_matters_where_nothing_was_warmed_up() -> None:
    rows = [{"measure": "load", "phase": "first", "elapsed_ns": 40e6}, *calls(400)]
    assert codes(run(rows, warmup=5)) == []
    (notice,) = notices_of(run(rows, warmup=0))
    assert notice.code == "slow-first-call"
    assert "40 times" in notice.message
    assert "warm-up is 0" in notice.message


def test_timed_rows_without_a_span_are_counted() -> None:
    (notice,) = notices_of(run([*passes(100, 0, 100, -1, 100), *calls(400)]))
    assert (notice.code, notice.data["measure"], notice.data["rows"]) == ("no-span", "throughput", 2)


def test_constant_predictions() -> None:
    assert codes(run([], [{"pair_id": str(i), "predicted": 0.5} for i in range(5)])) == ["constant-predictions"]
    assert codes(run([], [{"pair_id": str(i), "predicted": i / 5} for i in range(5)])) == []


def test_every_code_is_documented() -> None:
    root = Path(__file__).parents[3]
    text = (root / "results/README.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (root / "bench/embedmark").rglob("*.py"))
    import re

    found = set(re.findall(r'code="([a-z-]+)"', sources)) | {"few-samples", "wide-interval"}
    assert found
    assert [code for code in sorted(found) if f"`{code}`" not in text] == []
