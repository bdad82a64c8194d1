"""The cost of a suite: volumes, currencies, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.errors import SuiteError
from embedmark.suite import parse_suite
from embedmark.suite.cost import CostSpec

HEAD = "providers: [{name: a, use: lexical}]\ndatasets: [stsb/test]\nmeasure:\n  cost: "
VOLUME = "documents: 10_000_000, queries_per_month: 3_000_000"


def cost_of(text: str) -> Any:
    return parse_suite(yaml.safe_load(HEAD + text), path=Path("suite.yaml")).measure.cost


def test_volume_is_read_with_its_defaults() -> None:
    volume = cost_of(f"{{volume: {{{VOLUME}}}}}").volume

    assert volume.documents == 10_000_000
    assert volume.changed_per_month == 0.0
    assert volume.tokens_per_document is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{volume: {documents: -5, queries_per_month: 1}}", "measure.cost.volume.documents"),
        ("{volume: {documents: 0, queries_per_month: 1}}", "measure.cost.volume.documents"),
        ("{volume: {documents: 10_000_000_000_000, queries_per_month: 1}}", "measure.cost.volume.documents"),
        ("{volume: {documents: 5, queries_per_month: -1}}", "measure.cost.volume.queries_per_month"),
        (f"{{volume: {{{VOLUME}, changed_per_month: 1.5}}}}", "measure.cost.volume.changed_per_month"),
        (f"{{volume: {{{VOLUME}, changed_per_month: -0.1}}}}", "measure.cost.volume.changed_per_month"),
        (f"{{volume: {{{VOLUME}, growth_per_month: 2}}}}", "measure.cost.volume.growth_per_month"),
        (f"{{volume: {{{VOLUME}, tokens_per_document: 0}}}}", "measure.cost.volume.tokens_per_document"),
        (f"{{volume: {{{VOLUME}, p95_ms: 0}}}}", "measure.cost.volume.p95_ms"),
        (f"{{volume: {{{VOLUME}, docs: 3}}}}", "measure.cost.volume.docs"),
        ("{volume: {documents: 5}}", "measure.cost.volume.queries_per_month"),
        ("{vector_usd_per_gb_month: -3}", "measure.cost.vector_usd_per_gb_month"),
        ("{hardware_usd_per_hour: 260 KRW}", "measure.cost"),
        ("{prices: {a: {usd_per_1m_tokens: 3 EUR}}, usd_per: {KRW: 0.00072}}", "measure.cost"),
        ("{usd_per: {KRW: 0}}", "measure.cost.usd_per.KRW"),
        ("{usd_per: {won: 0.1}}", "measure.cost.usd_per"),
        ("{prices: {a: {usd_per_1k_images: 2}}}", "measure.cost.prices.a"),
        ("{prices: {a: {usd_per_1k_searches: 2, usd_per_1k_images: 2}}}", "measure.cost.prices.a"),
        ("{machines: sometimes}", "measure.cost.machines"),
        ("{as_of: yesterday}", "measure.cost.as_of"),
    ],
)
def test_bad_cost_names_its_key(text: str, key: str) -> None:
    with pytest.raises(SuiteError) as caught:
        cost_of(text)

    assert caught.value.message.startswith(key)


def test_currency_without_a_rate_is_named_with_the_remedy() -> None:
    with pytest.raises(SuiteError, match=r"hardware_usd_per_hour: '260 KRW' has no rate: add `usd_per: \{KRW"):
        cost_of("{hardware_usd_per_hour: 260 KRW}")


def test_amount_in_a_currency_becomes_usd() -> None:
    cost = cost_of("{vector_usd_per_gb_month: '5,000 KRW', hardware_usd_per_hour: 0.2, usd_per: {KRW: 0.00072}}")

    assert cost.vector_usd_per_gb_month == pytest.approx(3.6)
    assert cost.hardware_usd_per_hour == 0.2


def test_suite_that_was_resolved_can_be_read_again() -> None:
    cost = cost_of(f"{{vector_usd_per_gb_month: 5000 KRW, usd_per: {{KRW: 0.00072}}, volume: {{{VOLUME}}}}}")

    assert CostSpec.model_validate(cost.model_dump(mode="json")) == cost


def test_suite_without_a_volume_is_kept_as_before() -> None:
    cost = cost_of("{prices: {a: {usd_per_1m_tokens: 1.0}}}")

    assert cost.model_dump(mode="json") == {
        "hardware_usd_per_hour": None,
        "prices": {
            "a": {"usd_per_1m_tokens": 1.0, "usd_per_1k_searches": None, "source": "suite", "as_of": None},
        },
    }


FACT = "source: their page, as_of: '2026-11-30'"


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ("{a: {fine_tuning: 'yes'}}", "measure.cost.facts.a.source"),
        (f"{{a: {{{FACT}}}}}", "measure.cost.facts.a"),
        (f"{{a: {{deprecated_on: soon, {FACT}}}}}", "measure.cost.facts.a.deprecated_on"),
        (f"{{b: {{data: kept for 30 days, {FACT}}}}}", "measure.cost.facts"),
        (f"{{a: {{data: kept, licence: MIT, {FACT}}}}}", "measure.cost.facts.a.licence"),
    ],
)
def test_fact_without_source_or_provider_is_refused(facts: str, key: str) -> None:
    with pytest.raises(SuiteError) as caught:
        cost_of(f"{{facts: {facts}}}")

    assert caught.value.message.startswith(key)


def test_fact_with_its_source_is_kept() -> None:
    cost = cost_of(f"{{facts: {{a: {{deprecated_on: '2028-01-31', {FACT}}}}}}}")

    assert cost.model_dump(mode="json")["facts"]["a"]["deprecated_on"] == "2028-01-31"
