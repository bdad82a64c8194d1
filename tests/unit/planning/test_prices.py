"""Prices: dated, sourced and offline; the dearer of two; unknown is unknown."""

from __future__ import annotations

import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from embedmark.planning.price_lists import listed_price
from embedmark.planning.prices import BUILT_IN, Price, dearer, price_notice
from embedmark.planning.providers import plan_provider
from embedmark.suite import ProviderSpec
from embedmark.suite.lines import Origin

pytest.importorskip("genai_prices")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_keywords: Any) -> None:
        raise AssertionError("a price was asked for over the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("host", "model", "usd"),
    [
        ("api.openai.com", "text-embedding-3-large", 0.13),
        ("generativelanguage.googleapis.com", "gemini-embedding-001", 0.15),
        ("api.mistral.ai", "mistral-embed", 0.1),
        ("api.cohere.ai", "embed-v4.0", 0.12),
        ("name.openai.azure.com", "text-embedding-3-small", 0.02),
    ],
)
def test_a_listed_price_has_a_source_and_a_date(host: str, model: str, usd: float) -> None:
    price = listed_price(host, "openai", model)

    assert price is not None
    assert price.usd_per_1m_tokens == usd
    assert price.source.startswith("genai-prices ")
    assert date.fromisoformat(price.as_of or "") <= date.today()


@pytest.mark.parametrize(("host", "model"), [("api.upstage.ai", "solar-embedding-2"), ("api.openai.com", "my-own")])
def test_an_unknown_price_is_unknown(host: str, model: str) -> None:
    assert listed_price(host, "openai", model) is None


def test_a_batch_price_is_there_only_where_it_is_known() -> None:
    mistral = listed_price("api.mistral.ai", "openai", "mistral-embed")
    openai = listed_price("api.openai.com", "openai", "text-embedding-3-small")

    assert mistral is not None
    assert openai is not None
    assert mistral.batch_usd_per_1m_tokens == 0.05
    assert openai.batch_usd_per_1m_tokens is None


def test_higher_of_two_prices_is_used_and_named() -> None:
    low = Price("", "openai", "m", 0.02, "list A", "2026-11-01")
    high = Price("", "openai", "m", 0.03, "list B", "2026-11-01")

    taken = dearer(low, high)

    assert taken is not None
    assert taken.usd_per_1m_tokens == 0.03
    assert "list A says 0.02" in taken.source
    assert dearer(low, None) is low


def test_a_price_older_than_90_days_says_so() -> None:
    price = Price("", "openai", "m", 0.02, "list", "2026-01-01")

    late, early = (price_notice("small", price, date(2026, 4, day)) for day in (2, 1))

    assert late is not None
    assert "91 days ago" in late.message
    assert early is None


def test_a_preset_is_priced_at_its_own_host_only(tmp_path: Path) -> None:
    hosted = ProviderSpec(name="g", use="openai", preset="gemini", model="gemini-embedding-001")
    here = hosted.model_copy(update={"options": {"base_url": "http://127.0.0.1:1/v1"}})
    origin = Origin(tmp_path / "suite.yaml")

    price = plan_provider(hosted, tmp_path, BUILT_IN, origin).price

    assert price is not None
    assert price.usd_per_1m_tokens == 0.15
    assert plan_provider(here, tmp_path, BUILT_IN, origin).price is None
