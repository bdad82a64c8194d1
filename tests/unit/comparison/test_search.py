"""Two searches side by side: every metric of accuracy.csv, chosen rows, and rankers that were asked for less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import embedmark as em
from embedmark.comparison.gate import check_rules
from embedmark.comparison.model import ComparedRuns
from embedmark.comparison.rules import parse_rule
from embedmark.errors import UsageError

PROVIDERS = """
import numpy as np
from embedmark.api import Embeddings, ProviderInfo, Rankings


def counted(texts):
    return np.array([[1 + text.count(letter) for letter in "abcdefgh"] for text in texts], dtype=np.float32)


class Letters:
    info = ProviderInfo(plugin="letters", model="letters", kind="bi-encoder")

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        return Embeddings(counted(texts))


class Engine:
    info = ProviderInfo(plugin="engine", model="engine", kind="ranker")

    def load(self): pass
    def close(self): pass

    def index(self, documents):
        self.documents = counted(list(documents))

    def search(self, queries, k):
        scores = counted(queries) @ self.documents.T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return Rankings(order, np.take_along_axis(scores, order, axis=1))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return runs of one search: as usual, with fewer documents of the ranker, and without the fusion."""
    base = tmp_path_factory.mktemp("search")
    texts = ["".join("abcdefgh"[(i * j) % 8] for j in range(3, 12)) + f" {i}" for i in range(30)]
    lines = {
        "docs.jsonl": [json.dumps({"_id": f"d{i}", "text": text}) for i, text in enumerate(texts)],
        "q.jsonl": [json.dumps({"_id": f"q{i}", "text": texts[(i * 7) % 30][:6]}) for i in range(12)],
        "qrels.tsv": ["query-id\tcorpus-id\tscore", *(f"q{i}\td{(i * 11) % 30}\t1" for i in range(12))],
    }
    for name, content in lines.items():
        (base / name).write_text("\n".join(content) + "\n", encoding="utf-8")
    (base / "own.py").write_text(PROVIDERS, encoding="utf-8")
    usual = {"k": [1, 5], "fusion": [["letters", "engine"]]}
    specs: dict[str, dict[str, Any]] = {
        "usual": usual,
        "shallow": usual | {"depth": 8},
        "alone": {"k": [3], "fusion": []},
    }  # fmt: skip
    return {name: searched(base, name, spec) for name, spec in specs.items()}


def searched(base: Path, name: str, spec: dict[str, Any]) -> Path:
    uses = {"letters": "./own.py:Letters", "engine": "./own.py:Engine"}
    suite = {
        "name": name,
        "providers": [{"name": each, "use": use} for each, use in uses.items()],
        "datasets": [{"kind": "retrieval", "name": "own", "queries": "q.jsonl", "corpus": "docs.jsonl",
                      "qrels": "qrels.tsv"}],
        "measure": {"retrieval": spec},
    }  # fmt: skip
    file = base / f"{name}.yaml"
    file.write_text(json.dumps(suite), encoding="utf-8")
    return em.run(em.plan(em.load_suite(file)), base / "runs" / name).folder


def compared(runs: dict[str, Path], after: str, *providers: str) -> ComparedRuns:
    return em.compare(runs["usual"], runs[after], providers=providers).compared


def test_every_metric_of_the_table_is_compared(runs: dict[str, Path]) -> None:
    table = {str(name) for name in em.read_run(runs["usual"]).accuracy["metric"]}

    found = {change.metric for change in compared(runs, "alone").changes}

    assert table - {"unjudged_at_10"} <= found
    assert {"mrr_at_3", "hit_at_5"} <= found  # depths that one suite names, and the other does not


def test_fewer_documents_of_a_ranker_are_no_loss(runs: dict[str, Path]) -> None:
    """Its rows beyond that rank are empty, and so are parts of a fusion; a bi-encoder ranks every document."""
    found = compared(runs, "shallow")

    why = {(c.provider, c.metric): c.unjudged for c in found.changes}
    assert "engine" in {c.provider for c in found.changes}
    assert "asked for 8 documents only in shallow (measure.retrieval.depth)" in why["engine", "map"]
    assert why["engine", "ndcg_at_10"]
    assert not why["engine", "hit_at_5"]
    assert why["rrf(letters,engine)", "hit_at_5"]
    assert not why["letters", "map"]
    assert "other settings of retrieval: depth null → 8" in found.notes


def test_rules_of_chosen_providers_leave_fusions_out(runs: dict[str, Path]) -> None:
    rule = parse_rule("ndcg_at_10 < -0.9")

    assert not check_rules([rule], compared(runs, "alone"))
    assert check_rules([rule], compared(runs, "alone", "letters", "engine"))


def test_a_fusion_is_chosen_by_its_name(runs: dict[str, Path]) -> None:
    found = compared(runs, "usual", "rrf(letters,engine)")

    assert {change.provider for change in found.changes} == {"rrf(letters,engine)"}


def test_a_fusion_that_one_side_lacks_is_refused(runs: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="alone has no provider"):
        compared(runs, "alone", "rrf(letters,engine)")
