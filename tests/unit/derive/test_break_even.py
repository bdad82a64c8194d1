"""Break-even: known figures, and a machine that can never get there."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.derive.break_even import break_even


def tables(items_per_s: float) -> dict[str, list[dict[str, Any]]]:
    same = {"dataset": "d", "unit": "text"}
    own = 0.36 / 3600 / items_per_s * 1000  # a machine at 0.36 USD an hour
    costs = [
        {"provider": "api", "basis": "billed", "usd_per_1k_items": 0.001, **same},
        {"provider": "here", "basis": "hardware", "usd_per_1k_items": own, **same},
    ]
    speed = {"provider": "here", "batch_size": 8, "items_per_s": items_per_s, "status": "ok", **same}
    return {"cost.csv": costs, "throughput.csv": [speed]}


def test_a_machine_pays_from_its_hourly_price_over_the_price_of_a_text() -> None:
    [found] = break_even(tables(items_per_s=1000.0))
    assert (found.billed, found.local) == ("api", "here")
    assert found.usd_per_hour == pytest.approx(0.36)
    assert found.items_per_hour == pytest.approx(360_000)
    assert found.capacity_per_hour == pytest.approx(3_600_000)
    assert "pays from 360,000 texts an hour on against api; it does 3,600,000" in found.message


def test_a_slow_machine_never_pays() -> None:
    [found] = break_even(tables(items_per_s=10.0))
    assert found.message.endswith("and does 36,000: api is cheaper at any volume.")


def test_nothing_to_compare() -> None:
    assert break_even({"cost.csv": [], "throughput.csv": []}) == []
