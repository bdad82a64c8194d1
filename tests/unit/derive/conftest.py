"""A builder of raw runs with known truth, for the tests of derived tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from embedmark.store.columns import ALL_RAW
from embedmark.store.frames import NUMERIC
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import RawRun


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ALL_RAW[name]
    for row in rows:
        assert row.keys() <= set(columns), row.keys() - set(columns)
    cells = {c: [row.get(c, np.nan if c in NUMERIC else "") for row in rows] for c in columns}
    return pd.DataFrame({c: pd.Series(v, dtype="float64" if c in NUMERIC else "str") for c, v in cells.items()})


@dataclass
class RunBuilder:
    """Collects raw rows; `build()` gives the RawRun that reading a run directory would."""

    measure: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    providers: list[dict[str, Any]] = field(default_factory=list)
    datasets: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    index: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    score_rows: list[dict[str, Any]] = field(default_factory=list)
    rank_rows: list[dict[str, Any]] = field(default_factory=list)
    judged_rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)

    def dataset(self, name: str, n_pairs: int, sha256: str = "") -> RunBuilder:
        self.datasets.append({"name": name, "n_pairs": n_pairs, "sha256": sha256 or name})
        return self

    def provider(self, name: str, kind: str = "bi-encoder", **facts: Any) -> RunBuilder:
        entry = {"name": name, "plugin": "sbert", "model": f"model of {name}", "kind": kind, "similarity": "cosine"}
        self.providers.append({**entry, "status": "ok", "error": "", "untrained": False, **facts})
        return self

    def scores(
        self, provider: str, gold: Sequence[float], predicted: Sequence[float], dataset: str = "", **columns: Any
    ) -> RunBuilder:
        for i, (g, p) in enumerate(zip(gold, predicted, strict=True)):
            row = {"provider": provider, "dataset": dataset or self.datasets[0]["name"], "pair_id": str(i + 1)}
            row |= {"gold": float(g), "predicted": float(p), **{k: float(v[i]) for k, v in columns.items()}}
            self.score_rows.append(row)
        return self

    def sample(self, provider: str, measure: str, **cells: Any) -> RunBuilder:
        kind = next(p["kind"] for p in self.providers if p["name"] == provider)
        row = {"provider": provider, "kind": kind, "measure": measure, "phase": "timed", "status": "ok"}
        row |= {"dataset": self.datasets[0]["name"], "unit": "pair" if kind == "cross-encoder" else "text"}
        self.samples.append({**row, "host_state": "quiet", "rss_mb": 700.0, "requests": 0.0, **cells})
        return self

    def passes(
        self, provider: str, seconds: Sequence[float], batch_size: int = 8, n: int = 100, **cells: Any
    ) -> RunBuilder:
        for i, s in enumerate(seconds, start=1):
            timing = {"elapsed_ns": s * 1e9, "cpu_ns": 2 * s * 1e9, "n_items": float(n), "n": float(n)}
            self.sample(provider, "throughput", batch_size=float(batch_size), repeat=float(i), **{**timing, **cells})
        return self

    def calls(self, provider: str, ms: Sequence[float], scenario: str = "single-stream", **cells: Any) -> RunBuilder:
        for i, t in enumerate(ms, start=1):
            timing = {"call": float(i), "n_items": 1.0, "elapsed_ns": float(t) * 1e6}
            self.sample(provider, "latency", scenario=scenario, **{**timing, **cells})
        return self

    def stage(self, provider: str, scenario: str, n: int, seconds: Sequence[float]) -> RunBuilder:
        for i, s in enumerate(seconds, start=1):
            self.sample(provider, "scaling", scenario=scenario, n=float(n), repeat=float(i), elapsed_ns=s * 1e9)
        return self

    def failure(self, provider: str, message: str, measure: str = "load", dataset: str = "") -> RunBuilder:
        row = {"provider": provider, "dataset": dataset, "measure": measure, "phase": "timed", "message": message}
        self.failures.append(row)
        next(p for p in self.providers if p["name"] == provider).update(status="failed", error=message)
        return self

    def build(self) -> RawRun:
        manifest = {
            "suite": {"name": "test", "providers": [], "datasets": [], "measure": self.measure, "seed": self.seed},
            "providers": self.providers,
            "datasets": self.datasets,
            "prices": self.prices,
            "tokens": self.tokens,
            "index": self.index,
        }
        return RawRun(
            Manifest.from_json(manifest),
            frame("samples.csv", self.samples),
            frame("scores.csv", self.score_rows),
            frame("failures.csv", self.failures),
            ranks=frame("ranks.csv", self.rank_rows) if self.rank_rows else None,
            judged=frame("judged.csv", self.judged_rows) if self.judged_rows else None,
        )


@pytest.fixture
def run() -> Callable[..., RunBuilder]:
    """`run(accuracy={...}, cost={...})`: a builder whose suite measures these."""

    def make(**measure: Any) -> RunBuilder:
        return RunBuilder(measure=measure)

    return make
