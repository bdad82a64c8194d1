"""The suite that `embedmark init` writes."""

from __future__ import annotations

from pathlib import Path

import yaml

from embedmark.planning.quick import QuickRequest, plan_request
from embedmark.planning.starter import starter_suite
from embedmark.suite import parse_suite


def test_search_is_measured_as_retrieval(tmp_path: Path) -> None:
    data = tmp_path / "q.csv"
    data.write_text("query,passage\n" + "".join(f"물음 {i},답 {i}\n" for i in range(20)), encoding="utf-8")

    text = starter_suite(plan_request(QuickRequest(str(data), ["lexical"])), tmp_path / "suite.yaml")

    suite = parse_suite(yaml.safe_load(text), path=tmp_path / "suite.yaml")
    assert suite.measure.retrieval is not None
    assert "# 20 queries, 20 documents" in text
    assert "path: q.csv" in text
