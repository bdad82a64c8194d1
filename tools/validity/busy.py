"""A busy machine, on the real clock: the same provider twice, while every core is taken during half of the run."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.throughput import throughput_table
from embedmark.machine.describe import usable_cores
from embedmark.machine.kernel import DRIFT_LIMIT
from embedmark.machine.pace import keep_pace, known_pace
from embedmark.machine.watch import HostWatch
from embedmark.measure.manifest import new_manifest
from embedmark.measure.runner import Runner
from embedmark.planning.jobs import Plan, count_jobs
from embedmark.planning.providers import PlannedProvider
from embedmark.store.read import RawRun, read_run
from embedmark.store.write import RunDirectory
from embedmark.suite import parse_suite
from tools.validity.hog import hogs
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress
from tools.validity.rig import TimedProvider, texts

NAME: Final = "busy"
_PASSES: Final = 20
_SLOW: Final = 0.05
_HASHES: Final = 40_000  # about 20 ms of one core: a pass


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run says: items a second of both, whether either row is `noisy`, states and times of all timed rows.

    held_ns is the pace that the run held, as `host.Calibration` tells it.
    """

    ratio: float
    rows: tuple[str, ...]
    samples: tuple[str, ...]
    elapsed_ns: tuple[int, ...] = ()
    held_ns: Mapping[int, int] = field(default_factory=dict)

    @property
    def honest(self) -> bool:
        """The two are the same within 5 %, or the run says that its rows are noisy."""
        return abs(self.ratio - 1) <= 0.05 or "noisy" in self.rows


def busy(n: int) -> list[Outcome]:
    """A/A with hogs during the first or the second half, and as many times on the machine as it is."""
    runs = max(4, n // 50)
    pace = _Pace()
    with hogs(usable_cores()) as hog:
        hogged: list[Seen] = []
        for i in progress(runs, "busy: hogged half of the run"):
            first = i % 2 == 0
            half = (1, _PASSES // 2 + 1) if first else (_PASSES // 2 + 1, _PASSES + 1)
            try:
                hogged.append(pace.after(same_twice(_switch(hog.on, hog.off, half), pace.known_ns)))
            finally:
                hog.off()
    control: list[Seen] = []
    for _ in progress(runs, "busy: control"):
        control.append(pace.after(same_twice(lambda _: None, pace.known_ns)))
    return [*of_hogged(hogged), *of_quiet(control)]


class _Pace:
    """The machine's typical pace, as a run knows it from those before it: in the cache, as for any run."""

    @property
    def known_ns(self) -> Mapping[int, int]:
        return known_pace()

    def after(self, run: Seen) -> Seen:
        keep_pace(run.held_ns)
        return run


def steady(seen: list[Seen]) -> list[Seen]:
    """The runs during which the machine was quiet, as their own passes tell it, and not what the harness says of them.

    All passes of all runs do the same: at least 95 % of a quiet run's took no more than 15 % longer than the fastest
    of all. Machines that are shared with strangers are quiet only at times.
    """
    fastest = min((ns for run in seen for ns in run.elapsed_ns), default=0)
    return [run for run in seen if share(ns > (1 + DRIFT_LIMIT) * fastest for ns in run.elapsed_ns)[0] <= _SLOW]


def of_hogged(seen: list[Seen]) -> list[Outcome]:
    """With hogs: same within 5 %, or `noisy`."""
    honest, m = share(run.honest for run in seen)
    noticed = sum("noisy" in run.rows for run in seen)
    off = max(abs(run.ratio - 1) for run in seen)
    detail = (
        f"{usable_cores()} processes on {usable_cores()} cores; {noticed} runs `noisy`; ratio off by at most {off:.1%}"
    )
    case = "every core taken in half of the run"
    return [Outcome(NAME, case, "share of runs within 5 %, or `noisy`", honest, 1.0, None, m, detail)]


def of_quiet(control: list[Seen]) -> list[Outcome]:
    """Without hogs: how many rows of quiet runs are `noisy` all the same; and whether any run hides its noise."""
    quiet = steady(control)
    noisy, m = share(state == "noisy" for run in quiet for state in run.samples)
    derived, k = share(state == "noisy" for run in quiet for state in run.rows)
    honest, tries = share(run.honest for run in control)
    most = max(abs(run.ratio - 1) for run in control)
    detail = f"{len(quiet)} quiet runs of {tries}, by the time of their passes"
    return [
        Outcome(NAME, "quiet control, passes", "share of rows `noisy`", noisy, None, 0.10, m, detail),
        Outcome(NAME, "quiet control, rows of throughput.csv", "share of rows `noisy`", derived, None, 0.10, k,
                f"a row is `noisy` if over a fifth of its {_PASSES} passes are"),
        Outcome(NAME, "the machine as it was", "share of runs within 5 %, or `noisy`", honest, 0.95, None, tries,
                f"all control runs, quiet or not; ratio off by at most {most:.1%}"),
    ]  # fmt: skip


def _switch(on: Callable[[], None], off: Callable[[], None], half: tuple[int, int]) -> Callable[[int], None]:
    def at(turn: int) -> None:
        if turn == half[0]:
            on()
        elif turn == half[1]:
            off()

    return at


def same_twice(at_pass: Callable[[int], None], known_ns: Mapping[int, int] | None = None) -> Seen:
    """Run a suite of one provider under two names; `at_pass` is told the number of each timed pass, from 1."""
    turns = 0

    def work(_: int) -> None:
        nonlocal turns
        at_pass(turns)  # 0 is the warm-up
        turns += 1
        _hash()

    providers = [TimedProvider(work, "once"), TimedProvider(lambda _: _hash(), "again")]
    with TemporaryDirectory(prefix="embedmark-validate-") as folder:
        raw, held_ns = _run(providers, Path(folder), known_ns)
    view = MeasuredRun.of(raw)
    rows = throughput_table(view)
    once, again = (row.items_per_s or math.nan for row in rows)
    timed = [view.samples(provider.info.model, "throughput") for provider in providers]
    states = tuple(str(state) for frame in timed for state in frame["host_state"])
    elapsed = tuple(int(ns) for frame in timed for ns in frame["elapsed_ns"])
    return Seen(again / once, tuple(str(row.host_state) for row in rows), states, elapsed, held_ns)


def _run(
    providers: list[TimedProvider], folder: Path, known_ns: Mapping[int, int] | None
) -> tuple[RawRun, Mapping[int, int]]:
    dataset = texts(8)
    content = {
        "name": "validate",
        "providers": [{"name": provider.info.model, "use": "validate"} for provider in providers],
        "datasets": [dataset.name],
        "measure": {"throughput": {
            "batch_sizes": [8], "texts": 8, "warmup": 1, "passes": _PASSES, "max_passes": _PASSES, "max_seconds": 600.0,
            "min_pass_ms": 0,
        }},
    }  # fmt: skip
    suite = parse_suite(content, path=folder / "validate.yaml")
    planned = tuple(PlannedProvider(s, p, p.info, None) for s, p in zip(suite.providers, providers, strict=True))
    plan = Plan(suite, folder, planned, (dataset,), count_jobs(suite, planned, (dataset,)))
    with RunDirectory(folder / "run", new_manifest(plan, "run", datetime.now(UTC))) as directory:
        runner = Runner(plan, directory, _Silent(), watch=HostWatch(time.perf_counter_ns, known_ns))
        try:
            runner.run()
        finally:
            directory.seal()
    return read_run(folder / "run"), runner.recorder.watch.calibration.held_ns


class _Silent:
    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


def _hash() -> None:
    digest = b""
    for _ in range(_HASHES):
        digest = hashlib.sha256(digest).digest()
