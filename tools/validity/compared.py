"""Verdicts through `compare`: three runs a side on a machine whose load changes, and gates on a known drop."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from embedmark.comparison.gate import check_rules
from embedmark.comparison.match import Side
from embedmark.comparison.model import ComparedRuns
from embedmark.comparison.rules import FAIL_ON, REQUIRE, Option, parse_rule
from embedmark.comparison.runs import compare_runs
from embedmark.derive.run import MeasuredRun
from tools.synthetic import FakeDataset, FakeProvider, make_run
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress

NAME: Final = "compare"
_RUNS: Final = 3
_LOAD: Final = 0.3  # spread of the machine's pace from run to run, as a logarithm
_OWN: Final = 0.02  # what a provider's pace differs by from run to run, beside the machine's
_PAIRS: Final = 1379
_TRUE_RHO: Final = 0.80
_DROP: Final = 0.01


def compared(n: int) -> list[Outcome]:
    """Return the rows of three runs a side under changing load, and of gates on a drop of 0.01."""
    with tempfile.TemporaryDirectory() as folder:
        timed = _run(Path(folder) / "timed", ("throughput",), ("wordllama", "lexical"), 20)
        scored = _run(Path(folder) / "scored", ("accuracy",), ("one",), _PAIRS)
        return [*_under_load(timed, n), *_gates(scored, n)]


def _run(folder: Path, measure: Sequence[str], names: Sequence[str], pairs: int) -> MeasuredRun:
    from embedmark.store.read import read_run

    providers = [FakeProvider(name, rate=1000.0, host_state="noisy") for name in names]
    raw = read_run(make_run(folder, providers, (FakeDataset(n_pairs=pairs),), measure=measure))
    passes = raw.samples[(raw.samples["measure"] == "throughput") & (raw.samples["batch_size"] == 32)]
    return MeasuredRun.of(replace(raw, samples=passes.reset_index(drop=True)))


def _under_load(run: MeasuredRun, n: int) -> list[Outcome]:
    load = f"pace of a run spreads by {_LOAD:.0%}, a provider's by {_OWN:.0%} beside it; every row `noisy`"
    same = _called(run, n, factor=1.0, reference="lexical", seed=1)
    alone = _called(run, n, factor=1.0, reference=None, seed=2)
    slower = _called(run, n, factor=0.85, reference="lexical", seed=3)
    different, worse = "share called different", "share called worse"
    case = "three runs a side under load"
    return [
        Outcome(NAME, f"{case}, unchanged, a reference", different, *_of(same, 0.03, 0.07), load),
        Outcome(NAME, f"{case}, unchanged, no reference", different, *_of(alone, None, 0.07), load),
        Outcome(NAME, f"{case}, 15 % slower, a reference", worse, *_of(slower, 0.9, None), load),
    ]


def _of(hits: Sequence[bool], low: float | None, high: float | None) -> tuple[float, float | None, float | None, int]:
    found, n = share(hits)
    return found, low, high, n


def _called(run: MeasuredRun, n: int, *, factor: float, reference: str | None, seed: int) -> list[bool]:
    """Return for each experiment whether wordllama was called worse; of an unchanged one, better or worse."""
    rng = np.random.default_rng(seed)
    wanted = {"worse"} if factor < 1 else {"worse", "better"}
    found: list[bool] = []
    for _ in progress(n, f"compare: {_RUNS} runs a side, factor {factor}"):
        before = Side("before", tuple(_measured_again(run, 1.0, rng) for _ in range(_RUNS)))
        after = Side("after", tuple(_measured_again(run, factor, rng) for _ in range(_RUNS)))
        changes = compare_runs(before, [after], reference=reference).changes
        rate = next(c for c in changes if (c.provider, c.metric) == ("wordllama", "items_per_s"))
        found.append(rate.verdict in wanted)
    return found


def _measured_again(run: MeasuredRun, factor: float, rng: np.random.Generator) -> MeasuredRun:
    """Return the run on a machine of another pace, passes drawn again; wordllama's rate times `factor`."""
    samples = run.raw.samples.copy()
    pace = float(rng.lognormal(0, _LOAD))
    times = samples["elapsed_ns"].to_numpy(dtype="float64") * pace * rng.lognormal(0, 0.03, len(samples))
    for name, rate in (("wordllama", factor), ("lexical", 1.0)):
        times[(samples["provider"] == name).to_numpy()] *= float(rng.lognormal(0, _OWN)) / rate
    samples["elapsed_ns"] = times
    return MeasuredRun.of(replace(run.raw, samples=samples))


def _gates(run: MeasuredRun, n: int) -> list[Outcome]:
    rng = np.random.default_rng(4)
    cases: dict[tuple[Option, str, float], list[bool]] = {
        (REQUIRE, "spearman > -0.005", _DROP): [],
        (FAIL_ON, "spearman < -0.005", 0.0): [],
    }
    for _ in progress(n, "compare: gates"):
        for (option, rule, drop), broken in cases.items():
            broken.append(not check_rules([parse_rule(rule, option)], dropped(run, drop, rng)))
    (refused, stopped) = cases.values()
    detail = f"n = {_PAIRS}, Spearman {_TRUE_RHO}"
    return [
        Outcome(NAME, f"--require > -0.005, true drop of {_DROP}", "share refused", *_of(refused, 0.95, None), detail),
        Outcome(NAME, "--fail-on < -0.005, no true drop", "share refused", *_of(stopped, None, 0.07), detail),
    ]


def dropped(run: MeasuredRun, drop: float, rng: np.random.Generator) -> ComparedRuns:
    """Compare two runs over fresh normal pairs: the candidate's true Spearman is lower by `drop`.

    The two agree with each other as two versions of one model do (correlation 0.99), and unlike chance.
    """
    before, after = (2 * np.sin(np.pi / 6 * rho) for rho in (_TRUE_RHO, _TRUE_RHO - drop))
    alike = 0.99
    truth = np.array([[1, before, after], [before, 1, alike], [after, alike, 1]])
    drawn = rng.multivariate_normal(np.zeros(3), truth, size=len(run.raw.scores))
    sides = [
        Side(label, (MeasuredRun.of(replace(run.raw, scores=run.raw.scores.assign(gold=drawn[:, 0], predicted=row))),))
        for label, row in (("before", drawn[:, 1]), ("after", drawn[:, 2]))
    ]
    return compare_runs(sides[0], sides[1:])
