"""Run directories made of numbers drawn at random, in no time: for tests of reports, comparisons and their speed.

Everything is marked as synthetic in the manifest; nothing was measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.store.cells import Row
from embedmark.store.columns import SCHEMA_VERSION
from embedmark.store.manifest.model import Manifest
from embedmark.store.write import RunDirectory
from tools.made_up import FakeDataset, FakeProvider

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BATCH_SIZES", "FakeDataset", "FakeProvider", "make_run"]

BATCH_SIZES = (1, 8, 32)
VERSION = "0.1.0"  # of the embedmark that measured: golden reports do not change with a release


def make_run(  # noqa: PLR0913  (what a test varies, by keyword)
    folder: Path,
    providers: Sequence[FakeProvider],
    datasets: Sequence[FakeDataset] = (FakeDataset(),),
    *,
    seed: int = 0,
    measure: Sequence[str] = ("accuracy", "throughput", "latency", "scaling", "cost"),
    calls: int = 100,
    pace: float = 1.0,
    keep_text: bool = False,
    environment: Mapping[str, Any] | None = None,
    warnings: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write a complete, sealed run of numbers drawn with `seed`; its folder.

    Args:
        calls: timed calls of the single-stream scenario.
        pace: what the machine's speed is multiplied by, for all providers alike.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    suite = _suite(providers, datasets, measure, calls)
    manifest = _manifest(folder.name, suite, providers, datasets) | {"warnings": list(warnings)}
    manifest["environment"] |= environment or {}
    with RunDirectory(folder, Manifest.from_json(manifest)) as run:
        for dataset in datasets if keep_text else ():
            run.append("texts.csv", dataset.kept())
        for provider in providers:
            run.append("samples.csv", _samples(provider, datasets, measure, calls, pace, rng))
            if provider.error:
                run.append("failures.csv", _failures(provider, datasets))
            elif not provider.untrained and "accuracy" in measure:
                for dataset in datasets:
                    run.append("scores.csv", _scores(provider, dataset, rng))
        run.manifest.status = "failed" if any(p.error for p in providers) else "complete"
        run.seal()
    return folder


def _suite(
    providers: Sequence[FakeProvider], datasets: Sequence[FakeDataset], measure: Sequence[str], calls: int
) -> dict[str, Any]:
    specs = {
        "accuracy": {"resamples": 1000, "batch_size": 32},
        "throughput": {"batch_sizes": list(BATCH_SIZES), "texts": 128},
        "latency": {"scenarios": ["single-stream"], "calls": calls, "rate": None},
        "scaling": {"sizes": [10, 20, 40, 80], "project_to": [1000, 10_000, 100_000], "repeats": 3},
        "cost": {"hardware_usd_per_hour": 0.2, "prices": {}},
    }
    return {
        "name": "synthetic",
        "providers": [{"name": p.name, "use": "synthetic", "model": None, "options": {}} for p in providers],
        "datasets": [dataset.name for dataset in datasets],
        "measure": {name: specs.get(name) if name in measure else None for name in specs},
        "seed": 0,
        "threads": 1,
    }


def _manifest(
    run_id: str,
    suite: dict[str, Any],
    providers: Sequence[FakeProvider],
    datasets: Sequence[FakeDataset],
) -> dict[str, Any]:
    prices = [
        {"provider": p.name, "plugin": "", "model": "", "usd_per_1m_tokens": p.usd_per_1m_tokens,
         "source": "synthetic", "as_of": "2026-11-23"}
        for p in providers
        if p.usd_per_1m_tokens is not None
    ]  # fmt: skip
    tokens = {p.name: {d.name: {"n_texts": 2 * d.n_pairs, "read": 30 * d.n_pairs} for d in datasets} for p in providers}
    return {
        "schema_version": SCHEMA_VERSION,
        "embedmark_version": VERSION,
        "run_id": run_id,
        "status": "running",
        "started_at": "2026-11-23T12:00:00+00:00",
        "finished_at": "2026-11-23T12:10:00+00:00",
        "suite": suite,
        "suite_sha256": hashlib.sha256(repr(suite).encode()).hexdigest(),
        "providers": [_provider(provider) for provider in providers],
        "datasets": [dataset.entry() for dataset in datasets],
        "prices": prices,
        "tokens": tokens,
        "warnings": [],
        "ends": [],
        "host": {},
        "environment": {
            "platform": "synthetic", "machine": "x86_64", "cpu": "synthetic CPU", "cores_logical": 2,
            "cores_usable": 2, "memory_mb": 8192, "python": "3.11.0", "implementation": "CPython",
            "load_average": [0.1, 0.1, 0.1], "thread_variables": {}, "thread_pools": [],
        },
        "git": {},
        "packages": {"embedmark": VERSION},
        "raw": {},
    }  # fmt: skip


def _provider(provider: FakeProvider) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": provider.name, "use": "synthetic", "options": {}, "status": "failed" if provider.error else "ok",
        "error": provider.error, "model": f"synthetic/{provider.name}", "kind": provider.kind, "dim": 64,
        "revision": None, "max_tokens": 256, "similarity": "cosine", "device": "cpu", "modalities": ["text"],
        "untrained": provider.untrained, "recipe": {}, "plugin": "synthetic",
    }  # fmt: skip
    return facts | dict(provider.facts)


def _scores(provider: FakeProvider, dataset: FakeDataset, rng: np.random.Generator) -> Iterator[Row]:
    gold = dataset.gold()
    values = gold + rng.normal(0, provider.noise, gold.size)
    predicted = [0.5] * gold.size if provider.constant else (values / 5).tolist()
    others = {"dot": 1.0, "neg_euclidean": 2.0, "neg_manhattan": 9.0} if provider.unit == "text" else {}
    for i, (score, truth) in enumerate(zip(predicted, gold.tolist(), strict=True)):
        yield {
            "provider": provider.name, "dataset": dataset.name, "pair_id": str(i + 1), "gold": truth,
            "predicted": score, **{name: score * factor for name, factor in others.items()},
        }  # fmt: skip


def _failures(provider: FakeProvider, datasets: Sequence[FakeDataset]) -> Iterator[Row]:
    for dataset in datasets:
        yield {
            "provider": provider.name, "dataset": dataset.name, "measure": "accuracy", "phase": "timed",
            "error_type": "NotAvailableError", "message": provider.error, "retries": 2,
        }  # fmt: skip


def _samples(
    provider: FakeProvider, datasets: Sequence[FakeDataset], measure: Sequence[str], calls: int, pace: float,
    rng: np.random.Generator,
) -> Iterator[Row]:  # fmt: skip
    common: Row = {
        "provider": provider.name, "kind": provider.kind, "unit": provider.unit, "host_state": provider.host_state,
        "status": "ok",
    }  # fmt: skip

    def row(name: str, seconds: float, **cells: Any) -> Row:
        spent = round(1e9 * seconds / pace * float(rng.lognormal(0, 0.03)))
        return common | {"measure": name, "elapsed_ns": spent, "cpu_ns": spent, "phase": "timed"} | cells

    if provider.error:
        return
    first = datasets[0].name
    requests = 4 if provider.usd_per_1m_tokens is not None else None
    yield row("load", 0.5, phase="load")
    yield row("load", 3 / provider.rate, phase="first", dataset=first, n=1, batch_size=1, n_items=1)
    for dataset in datasets if "accuracy" in measure and not provider.untrained else ():
        items = 2 * dataset.n_pairs if provider.unit == "text" else dataset.n_pairs
        tokens = 15 * items if requests else None
        yield row("accuracy", items / provider.rate, dataset=dataset.name, n_items=items, batch_size=32,
                  tokens=tokens, requests=requests)  # fmt: skip
    if "throughput" in measure:
        for repeat in range(1, 13):
            for size in BATCH_SIZES:
                seconds = 128 / provider.rate * (1 + 2 / size)
                yield row("throughput", seconds, dataset=first, n=128, batch_size=size, repeat=repeat, n_items=128)
    if "latency" in measure:
        for call in range(1, calls + 1):
            seconds = 3 / provider.rate * float(rng.lognormal(0, 0.2))
            yield row("latency", seconds, dataset=first, scenario="single-stream", n=1, batch_size=1, call=call,
                      n_items=1, requests=requests and 1)  # fmt: skip
    if "scaling" in measure:
        yield from _scaling(provider, first, row)


def _scaling(provider: FakeProvider, dataset: str, row: Callable[..., Row]) -> Iterator[Row]:
    for n in (10, 20, 40, 80):
        pairs = n * (n - 1) // 2
        stages = {"predict": (pairs / provider.rate, pairs)}
        if provider.unit == "text":
            stages = {"encode": (n / provider.rate, n), "similarity": (1e-8 * pairs, pairs)}
        for repeat in (1, 2, 3):
            for stage, (seconds, items) in stages.items():
                yield row("scaling", seconds, dataset=dataset, scenario=stage, n=n, repeat=repeat, n_items=items)
