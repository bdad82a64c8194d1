"""What an error proposes in place of a value works when it is typed."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.errors import SuiteError
from embedmark.suite import Suite, parse_suite

PATH = Path("suite.yaml")
VOLUME = ("measure", "cost", "volume")
CONTENT: dict[str, Any] = {
    "name": "made",
    "providers": [{"name": "words", "use": "lexical"}],
    "datasets": ["stsb/test"],
    "measure": {
        "accuracy": {},
        "throughput": {"batch_sizes": [1]},
        "latency": {"load": 0.5},
        "scaling": {"sizes": [50, 100]},
        "retrieval": {"k": [1, 10]},
        "compression": {"dims": [64]},
        "cost": {
            "prices": {"words": {"usd_per_1m_tokens": 1.0}},
            "facts": {"words": {"data": "kept", "source": "terms", "as_of": "2026-11-30"}},
            "volume": {"documents": 1000, "queries_per_month": 10},
        },
    },
}
CASES: list[tuple[tuple[str | int, ...], Any, str]] = [
    ((*VOLUME, "documents"), -10_000_000, "`documents: 10000000`"),
    ((*VOLUME, "documents"), 0, "`documents: 10000000`"),
    ((*VOLUME, "documents"), 10**13, "`documents: 1000000000000`"),
    ((*VOLUME, "documents"), 10**400, ""),
    ((*VOLUME, "documents"), 1.5, "`documents: 2`"),
    ((*VOLUME, "documents"), "10 million", "`documents: 10000000`"),
    ((*VOLUME, "documents"), True, ""),
    ((*VOLUME, "queries_per_month"), -1, "`queries_per_month: 1`"),
    ((*VOLUME, "changed_per_month"), 5, "`changed_per_month: 0.05`"),
    ((*VOLUME, "changed_per_month"), "5%", "`changed_per_month: 0.05`"),
    ((*VOLUME, "growth_per_month"), -0.1, "`growth_per_month: 0.1`"),
    ((*VOLUME, "growth_per_month"), math.nan, ""),
    ((*VOLUME, "tokens_per_document"), 0, "`tokens_per_document: 200`"),
    ((*VOLUME, "peak_to_mean"), 0, "`peak_to_mean: 1`"),
    ((*VOLUME, "p95_ms"), math.inf, "`p95_ms: 100`"),
    (("measure", "cost", "hardware_usd_per_hour"), -0.2, "`hardware_usd_per_hour: 0.2`"),
    (("measure", "cost", "vector_usd_per_gb_month"), "cheap", ""),
    (("measure", "cost", "machines"), "scale_to_zero", "`machines: scale-to-zero`"),
    (("measure", "cost", "usd_per"), {"krw": 0.00072}, "`usd_per: {KRW: 0.00072}`"),
    (("measure", "cost", "usd_per", "KRW"), 0, ""),
    (("measure", "cost", "as_of"), "yesterday", "`as_of: '2026-11-30'`"),
    (("measure", "cost", "prices", "words"), {}, ""),
    (("measure", "cost", "prices", "words"), 3, ""),
    (("measure", "cost", "prices", "words", "usd_per_1m_tokens"), 1e9, "`usd_per_1m_tokens: 1000000`"),
    (("measure", "compression", "dims", 0), 0, "`dims: [256]`"),
    (("measure", "compression", "dims"), [64, 64], "`dims: [64]`"),
    (("measure", "compression", "dims"), 64, "`dims: [64]`"),
    (("measure", "compression", "precisions"), ["int4"], "`precisions: [int8]`"),
    (("measure", "throughput", "batch_sizes"), [32, 32], "`batch_sizes: [32]`"),
    (("measure", "throughput", "texts"), 0, ""),
    (("measure", "throughput", "max_passes"), 3, "`max_passes: 10`"),
    (("measure", "latency", "load"), 1.0, "`load: 0.5`"),
    (("measure", "scaling", "sizes"), [100, 50], "`sizes: [50, 100]`"),
    (("measure", "scaling", "top_k"), 500, ""),
    (("measure", "retrieval", "k"), [10, 1], "`k: [1, 10]`"),
    (("seed",), -1, "`seed: 1`"),
    (("threads",), 0, "`threads: 1`"),
]  # fmt: skip


def with_value(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    inside: Any = content
    for part in place[:-1]:
        inside = inside.setdefault(part, {}) if isinstance(inside, dict) else inside[part]
    inside[place[-1]] = value
    return content


@pytest.mark.parametrize(("place", "value", "hint"), CASES)
def test_the_remedy_works_when_typed(place: tuple[str | int, ...], value: Any, hint: str) -> None:
    with pytest.raises(SuiteError) as caught:
        parse_suite(with_value(place, value), path=PATH)

    assert caught.value.hint is not None
    assert hint in caught.value.hint
    key, typed = next(iter(yaml.safe_load(caught.value.hint.strip("`")).items()))
    parent = place[: place.index(key)] if key in place else place[:-1]
    assert parse_suite(with_value((*parent, key), typed), path=PATH)


@pytest.mark.parametrize("key", ["hardware_usd_per_hour", "vector_usd_per_gb_month"])
def test_a_currency_without_a_rate_names_the_key_to_add(key: str) -> None:
    content = with_value(("measure", "cost", key), "260 EUR")

    with pytest.raises(SuiteError) as caught:
        parse_suite(content, path=PATH)

    assert "`usd_per: {EUR: 1}`" in str(caught.value.hint)
    content["measure"]["cost"]["usd_per"] = {"EUR": 1}
    assert parse_suite(content, path=PATH)


def test_a_price_of_no_provider_names_those_there_are() -> None:
    with pytest.raises(SuiteError) as caught:
        parse_suite(with_value(("measure", "cost", "prices", "nobody"), {"usd_per_1m_tokens": 1.0}), path=PATH)

    assert caught.value.hint == "one of: words"
    assert Suite.model_validate(CONTENT)
