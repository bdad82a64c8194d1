"""A price in the wrong unit is refused before the run: what has no price per token would seem to be free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedmark.errors import SuiteError, UsageError
from embedmark.pipeline import plan
from embedmark.planning.budget import RunLimits, make_budget
from embedmark.suite import Suite, parse_suite


def suite(price: dict[str, Any]) -> Suite:
    content = {
        "providers": [{"name": "words", "use": "lexical"}],
        "datasets": [{"path": "pairs.csv"}],
        "measure": {"accuracy": {}, "cost": {"prices": {"words": price}}},
    }
    return parse_suite(content, path=Path("suite.yaml"))


def test_price_of_searches_is_refused_for_vectors(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text(
        "sentence1,sentence2,score\na b,a c,1\nd e,f g,0\nh i,h j,2\n", encoding="utf-8"
    )

    with pytest.raises(SuiteError, match="usd_per_1k_searches is for rerankers") as caught:
        plan(suite({"usd_per_1k_searches": 2.0}), tmp_path)

    assert "`words: {usd_per_1m_tokens: 0.02}`" in str(caught.value.hint)
    assert plan(suite({"usd_per_1m_tokens": 0.02}), tmp_path).jobs


def test_missing_price_of_a_reranker_is_one_of_searches(tmp_path: Path) -> None:
    pytest.importorskip("httpx2")
    (tmp_path / "pairs.csv").write_text("sentence1,sentence2,score\na,b,1\nc,d,0\ne,f,2\n", encoding="utf-8")
    options = {"dialect": "cohere", "base_url": "https://rerank.example/v2"}
    content = {
        "providers": [{"name": "order", "use": "rerank", "model": "unknown", "options": options}],
        "datasets": [{"path": "pairs.csv"}],
        "measure": {"accuracy": {}},
    }
    made = plan(parse_suite(content, path=Path("suite.yaml")), tmp_path)

    for limits in (RunLimits(), RunLimits(max_usd=1.0)):
        with pytest.raises(UsageError) as caught:
            make_budget(made, limits)
        assert "prices: {order: {usd_per_1k_searches: ...}}" in str(caught.value.hint)
