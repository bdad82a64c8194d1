"""Families of timings: how often chance sets equal providers apart in the fastest and the cheapest group."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.groups import cheapest_group, fastest_group
from tools.synthetic import FakeDataset, FakeProvider, make_run
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress

NAME: Final = "families of timings"
_SPREAD: Final = 0.03  # of passes, as a logarithm
_SLOWER: Final = 0.8  # the speed of those that are not equal
_BATCH: Final = 32
_ITEMS: Final = 128
_USD_PER_HOUR: Final = 0.2


def families(n: int) -> list[Outcome]:
    """Return the rows of 2 and 30 providers, all equal, and of 30 whose second half is slower by a fifth."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for k in (2, 30):
            run = _run(Path(folder) / str(k), k)
            for passes in (10, 20):
                outcomes += _equal(run, k, passes, n)
        return [*outcomes, *_half_slower(run, 20, n)]


def _run(folder: Path, k: int) -> MeasuredRun:
    from embedmark.store.read import read_run

    providers = [FakeProvider(f"p{i}", rate=1000.0) for i in range(k)]
    return MeasuredRun.of(read_run(make_run(folder, providers, (FakeDataset(n_pairs=2),), measure=("throughput",))))


def _equal(run: MeasuredRun, k: int, passes: int, n: int) -> list[Outcome]:
    """Any provider called slower, or more expensive, than the first of its equals."""
    found = _groups(run, np.ones(k), passes, n, seed=(30, k, passes))
    case, detail = f"{k} equal, {passes} passes", f"{_SPREAD:.0%} lognormal"
    low = 0.03 if k == 2 else None
    apart = [share(len(groups[at]) < k for groups in found) for at in (0, 1)]
    return [
        Outcome(NAME, f"fastest of {case}", "share called different", apart[0][0], low, 0.07, apart[0][1], detail),
        Outcome(NAME, f"cheapest of {case}", "share called different", apart[1][0], low, 0.07, apart[1][1], detail),
    ]


def _half_slower(run: MeasuredRun, passes: int, n: int) -> list[Outcome]:
    """The equal half that is fastest, and the half that is slower."""
    k = len(run.raw.manifest.providers)
    speeds = np.where(np.arange(k) < k // 2, 1.0, _SLOWER)
    fast = {f"p{i}" for i in range(k // 2)}
    found = [groups[0] for groups in _groups(run, speeds, passes, n, seed=(31, k, passes))]
    wrong, m = share(not fast <= group for group in found)
    right, _ = share(group <= fast for group in found)
    case, detail = f"{k}, half of them {1 - _SLOWER:.0%} slower, {passes} passes", f"{_SPREAD:.0%} lognormal"
    return [
        Outcome(NAME, case, "share in which a fastest is called slower", wrong, None, 0.07, m, detail),
        Outcome(NAME, case, "share in which every slower one is found", right, 0.9, None, m, detail),
    ]


def _groups(
    run: MeasuredRun, speeds: Sequence[float] | np.ndarray, passes: int, n: int, seed: tuple[int, ...]
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return for each experiment the fastest and the cheapest group of providers of known speeds."""
    rng = np.random.default_rng(seed)
    timed = run.raw.samples[run.raw.samples["batch_size"] == _BATCH]
    names = [f"p{i}" for i in range(len(speeds))]
    base = timed.groupby("provider", sort=False).head(1).set_index("provider").loc[names].reset_index()
    rows = base.loc[base.index.repeat(passes)].reset_index(drop=True)
    rows["repeat"], rows["n_items"] = np.tile(np.arange(passes, dtype=float), len(names)), float(_ITEMS)
    costs = [CostRow(provider=name, kind="", model="", dataset="", basis="hardware") for name in names]
    found = []
    for _ in progress(n, f"{NAME}: {len(names)} providers, {passes} passes"):
        times = rng.lognormal(0, _SPREAD, size=(len(names), passes)) / np.asarray(speeds)[:, None]
        drawn = MeasuredRun.of(replace(run.raw, samples=rows.assign(elapsed_ns=1e8 * times.ravel())))
        summary = [_summary(name, _ITEMS / (0.1 * np.median(mine))) for name, mine in zip(names, times, strict=True)]
        dataset = str(rows["dataset"][0])
        found.append((fastest_group(drawn, dataset, summary), cheapest_group(drawn, dataset, summary, costs)))
    return found


def _summary(name: str, rate: float) -> SummaryRow:
    price = _USD_PER_HOUR / 3600 / rate * 1000
    return SummaryRow(
        kind="",
        model="",
        dataset="",
        provider=name,
        unit="text",
        batch_size=_BATCH,
        items_per_s=rate,
        usd_per_1k_items=price,
    )
