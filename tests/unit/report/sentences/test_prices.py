"""The sentence that dates each price."""

from __future__ import annotations

from typing import Any

from embedmark.derive.rows.cost import CostRow
from embedmark.report.sentences.prices import price_lines
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.suite import CostFacts, MeasureFacts, SuiteFacts

EMPTY: dict[str, Any] = {
    "kind": "", "model": "", "dataset": "",
    "unit": "text", "basis": "billed", "usd": 0.1, "usd_per_1m_tokens": None, "usd_per_1k_items": None,
    "usd_per_1k_searches": None, "price_source": "list", "price_as_of": "2026-11-23",
}  # fmt: skip


def lines(*rows: dict[str, Any], **cost: Any) -> tuple[str, ...]:
    measure = MeasureFacts(cost=CostFacts.from_json(cost))
    manifest = Manifest(suite=SuiteFacts(providers=[], datasets=[], measure=measure))
    tables: Any = {"cost.csv": [CostRow(**(EMPTY | row)) for row in rows]}
    return price_lines(tables, manifest)


def test_each_price_has_its_source_and_date() -> None:
    (said,) = lines(
        {"provider": "small", "usd_per_1m_tokens": 0.02},
        {"provider": "small", "usd_per_1m_tokens": 0.02, "dataset": "another"},
        {"provider": "cohere", "usd_per_1k_searches": 2.0, "price_source": "suite", "price_as_of": None},
        {"provider": "pictures", "unit": "image", "usd_per_1k_items": 0.5},
    )

    assert said == (
        "Prices: small $0.020 for 1M tokens (list, 2026-11-23); cohere $2.0 for 1,000 searches (suite, no date given); "
        "pictures $0.50 for 1,000 images (list, 2026-11-23)."
    )


def test_machine_is_named_where_its_price_has_a_date() -> None:
    row = {"provider": "a", "basis": "hardware"}

    (said,) = lines(row, hardware_usd_per_hour=0.2, source="our cloud", as_of="2026-11-01")

    assert said == "Prices: the machine $0.20 an hour (our cloud, 2026-11-01)."
    assert lines(row, hardware_usd_per_hour=0.2) == ()
