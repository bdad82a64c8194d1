"""docs/scale.md: each figure of its tables follows from a recorded run, or from a price list."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from embedmark.allpairs.counts import multiplied, pair_count
from embedmark.planning.prices import BUILT_IN

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
QUICK = ROOT / "results" / "reference" / "quick"
USD_PER_HOUR, USD_PER_GB_MONTH, N = 0.20, 3.80, 10**9
DIMS = {"minilm": 384, "wordllama": 256, "lexical": 1024}


def rates(name: str) -> tuple[float, float]:
    """Items and tokens a second of a provider in the recorded run, at batch 32."""
    with (QUICK / "throughput.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row["provider"] == name and row["batch_size"] == "32")
    return float(row["items_per_s"]), float(row["tokens_per_s"] or 0)


def three(value: float) -> str:
    """A number with three significant digits, as the page has it."""
    return f"{float(f'{value:.3g}'):,.10g}"


@pytest.mark.parametrize("name", DIMS)
def test_time_for_a_billion_texts_follows_from_the_run(name):
    rate, _ = rates(name)
    hours = N / rate / 3600
    gb = N * DIMS[name] * 4 / 1e9

    cells = [name, three(rate), three(hours), three(hours * USD_PER_HOUR), DIMS[name], f"{three(gb)} GB"]
    row = "| " + " | ".join(map(str, cells))
    assert row in PAGE, row
    assert f"{row} | {three(gb * USD_PER_GB_MONTH)} |" in PAGE, three(gb * USD_PER_GB_MONTH)


def test_tokens_and_their_price_follow_from_the_recorded_run():
    rate, tokens = rates("minilm")
    price = next(price for price in BUILT_IN if price.model == "text-embedding-3-small")
    billions = N * tokens / rate / 1e9
    gb = N * 1536 * 4 / 1e9

    cost = three(billions * 1e3 * price.usd_per_1m_tokens)
    assert f"{three(billions)} billion tokens" in PAGE, billions
    assert (
        f"| text-embedding-3-small | - | - | {cost} | 1536 | {three(gb)} GB | {three(gb * USD_PER_GB_MONTH)} |" in PAGE
    )


@pytest.mark.parametrize("n", [10**6, 10**8, 10**9])
def test_pairs_follow_from_the_recorded_rates(n):
    with (ROOT / "results" / "reference" / "scaling" / "scaling_facts.csv").open(encoding="utf-8") as file:
        facts = {(row["provider"], row["fact"]): float(row["value"] or 0) for row in csv.DictReader(file)}
    cross_rate, _ = rates("cross")
    exact = multiplied(n) * facts[("minilm", "fit-similarity-per-product")] / 3600

    every, candidates = pair_count(n) / cross_rate / 3600, 20 * n / cross_rate / 3600
    cells = [f"{n:,}", f"{every:.2g}", three(candidates), f"{exact:.2g}"]
    assert "| " + " | ".join(cells) + " |" in PAGE, cells
