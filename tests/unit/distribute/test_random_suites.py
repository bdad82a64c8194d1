"""Shards of suites made at random merge to the bytes of one run: scores, judgments, failures, and accuracy.csv.

`EMBEDMARK_SHARD_SUITES=50` makes other suites, as many as it says; `make e2e-ray` makes 20.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.calls.budget import Budget
from embedmark.distribute.merge import merge_shards
from embedmark.machine.watch import HostWatch
from embedmark.measure.runner import Runner
from embedmark.measure.session import Session
from embedmark.planning.build import make_plan
from embedmark.planning.jobs import Plan
from embedmark.runs.derived import derive_files
from embedmark.suite import load_suite

PARTS = (1, 2, 5, 8)
RAW = ("scores.csv", "judged.csv", "failures.csv")
WORDS = ("red", "old", "fox", "barn", "sees", "a", "the", "길", "나무")
PROVIDERS = '''
import zlib
import numpy as np
from embedmark.api import Embeddings, PairPredictions, ProviderInfo

class Words:
    """Counts words in a few buckets."""

    def __init__(self, dim=8):
        self.dim = dim
        self.info = ProviderInfo(plugin="words", model="words", kind="bi-encoder", recipe={"dim": dim})

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode()) % self.dim] += 1
        return Embeddings(vectors + 0.01)

class Shared:
    """Scores a pair by the letters that its texts share."""

    info = ProviderInfo(plugin="shared", model="shared", kind="cross-encoder")

    def load(self): pass
    def close(self): pass

    def predict(self, pairs):
        return PairPredictions(np.array([len(set(a) & set(b)) / len(set(a) | set(b)) for a, b in pairs]))
'''


def sentence(made: random.Random) -> str:
    return " ".join(made.choices(WORDS, k=made.randint(1, 6)))


def write_pairs(folder: Path, made: random.Random, name: str) -> list[str]:
    """Write a table of pairs with two golds, and return its entries in a suite."""
    rows = [
        (sentence(made), sentence(made), made.randint(0, 5), made.randint(0, 4)) for _ in range(made.randint(8, 60))
    ]
    lines = ["sentence1\tsentence2\tscore\tother", *("\t".join(map(str, row)) for row in rows)]
    (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    entries = [f"{{path: {name}.tsv{made.choice([', by: [length]', ''])}}}"]
    if made.random() < 0.6:
        columns = "{sentence1: sentence1, sentence2: sentence2, score: other}"
        entries.append(f"{{path: {name}.tsv, name: {name}-again, columns: {columns}}}")
    return entries


def write_retrieval(folder: Path, made: random.Random) -> str:
    """Write queries, documents and graded judgments, and return their entry in a suite."""
    n_queries, n_documents = made.randint(4, 15), made.randint(6, 30)
    for name, n in (("queries", n_queries), ("corpus", n_documents)):
        rows = [json.dumps({"_id": f"{name[0]}{i}", "text": f"{sentence(made)} {i}"}) for i in range(n)]
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    judged = {(i, made.randrange(n_documents)): made.randint(1, 3) for i in range(n_queries) for _ in range(2)}
    lines = [f"q{query}\tc{document}\t{grade}" for (query, document), grade in judged.items()]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]) + "\n", encoding="utf-8")
    return "{kind: retrieval, name: found, queries: queries.jsonl, corpus: corpus.jsonl, qrels: qrels.tsv}"


def plan_of(folder: Path, made: random.Random) -> Plan:
    """Write a suite with pairs, several golds, an average, a search, a fusion and a reranking; return its plan."""
    (folder / "p.py").write_text(PROVIDERS, encoding="utf-8")
    names = [f"words{i}" for i in range(made.randint(2, 3))]
    providers = [f'{{name: {name}, use: "./p.py:Words", options: {{dim: {8 + i}}}}}' for i, name in enumerate(names)]
    providers.append('{name: shared, use: "./p.py:Shared"}')
    entries = [entry for name in ("one", "two") for entry in write_pairs(folder, made, name)]
    entries.append(write_retrieval(folder, made))
    joined = made.choice([f", rerank: [[{names[0]}, shared]], fusion: [[{names[0]}, {names[1]}]], candidates: 4", ""])
    measure = [
        f"  accuracy: {{resamples: 100, batch_size: {made.choice([3, 8])}}}",
        f"  retrieval: {{k: [1, 3], batch_size: {made.choice([3, 8])}{joined}}}",
    ]
    blocks = {"providers": providers, "datasets": entries}
    lines = [f"{key}:\n" + "\n".join(f"  - {one}" for one in listed) for key, listed in blocks.items()]
    text = "\n".join(["name: made", *lines, "average: [one, two]", "measure:", *measure]) + "\n"
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    return make_plan(load_suite(folder / "suite.yaml"), folder)


def runner(*arguments: Any, watch: HostWatch, **options: Any) -> Runner:
    """Return a runner that does not look long at the machine: nothing is timed here."""
    del watch
    return Runner(*arguments, watch=HostWatch(rounds=1), **options)


def measured(plan: Plan, out: Path) -> Path:
    session = Session(plan, Budget(), None, {}, lambda _: None, use_cache=False, make_runner=runner)
    folder, status = session.measure(out)
    assert status == "complete"
    return folder


def tables(folder: Path) -> Mapping[str, bytes]:
    raw = {name: (folder / name).read_bytes() for name in RAW}
    return {**raw, "accuracy.csv": derive_files(folder, is_drawn=False)[2]["accuracy.csv"]}


def seeds() -> range:
    return range(int(os.environ.get("EMBEDMARK_SHARD_SUITES", "1")))


@pytest.mark.parametrize("seed", seeds())
def test_any_number_of_shards_merges_to_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr("embedmark.measure.manifest.package_versions", lambda: {"numpy": np.__version__})
    plan = plan_of(tmp_path, random.Random(seed))
    whole = tables(measured(plan, tmp_path / "whole"))

    for of in PARTS:
        parts = [measured(plan.in_shard(f"{i}/{of}"), tmp_path / f"{of}-{i}") for i in range(1, of + 1)]
        random.Random(seed).shuffle(parts)
        merge_shards(parts, tmp_path / f"merged-{of}")

        merged = tables(tmp_path / f"merged-{of}")
        assert [name for name in whole if merged[name] != whole[name]] == [], f"{of} shards of suite {seed}"


@pytest.mark.parametrize(("limits", "is_cut"), [("Limits()", True), ("Limits(pairs_per_search=100)", False)])
def test_searches_that_are_billed_are_not_cut(tmp_path: Path, limits: str, *, is_cut: bool) -> None:
    """Two halves of the pairs of one query would be billed as two searches."""
    code = PROVIDERS.replace("import Embeddings,", "import Embeddings, Limits,")
    code = code.replace('kind="cross-encoder")', f'kind="cross-encoder", limits={limits})')
    (tmp_path / "p.py").write_text(code, encoding="utf-8")
    write_pairs(tmp_path, random.Random(0), "one")
    suite = 'providers: [{name: shared, use: "./p.py:Shared"}]\ndatasets: [{path: one.tsv}]\nmeasure: {accuracy: {}}\n'
    (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")

    plan = make_plan(load_suite(tmp_path / "suite.yaml"), tmp_path).in_shard("1/3")

    assert plan.shard is not None
    assert bool(plan.shard.blocks) == is_cut
