"""A busy machine, on the real clock: the same provider twice, while every core is taken during half of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from embedmark.derive.throughput import throughput_table
from embedmark.derive.view import View
from embedmark.environment import usable_cores
from embedmark.measure.manifest import new_manifest
from embedmark.measure.runner import Runner
from embedmark.plan import Plan, PlannedProvider, count_jobs
from embedmark.store.raw import RawRun, read_run
from embedmark.store.rundir import RunDirectory
from embedmark.suite import parse_suite
from embedmark.validate.hog import hogs
from embedmark.validate.outcome import Outcome, share
from embedmark.validate.progress import progress
from embedmark.validate.rig import TimedProvider, texts

NAME: Final = "busy"
_PASSES: Final = 20
_HASHES: Final = 40_000  # about 20 ms of one core: a pass


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run says: items a second of both, whether either row is `noisy`, and the states of all timed rows."""

    ratio: float
    rows: tuple[str, ...]
    samples: tuple[str, ...]

    @property
    def honest(self) -> bool:
        """The two are the same within 5 %, or the run says that its rows are noisy."""
        return abs(self.ratio - 1) <= 0.05 or "noisy" in self.rows


def busy(n: int) -> list[Outcome]:
    """A/A with hogs during the first or the second half, and the same on the machine as it is."""
    runs = max(4, n // 50)
    with hogs(usable_cores()) as hog:
        hogged: list[Seen] = []
        for i in progress(runs, "busy: hogged half of the run"):
            first = i % 2 == 0
            half = (1, _PASSES // 2 + 1) if first else (_PASSES // 2 + 1, _PASSES + 1)
            try:
                hogged.append(same_twice(_switch(hog.on, hog.off, half)))
            finally:
                hog.off()
    quiet = [same_twice(lambda _: None) for _ in progress(runs, "busy: quiet control")]
    return [*of_hogged(hogged), *of_quiet(quiet)]


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


def of_quiet(seen: list[Seen]) -> list[Outcome]:
    """Without hogs: how many rows are `noisy` all the same."""
    states = [state for run in seen for state in run.samples]
    rows = [state for run in seen for state in run.rows]
    noisy, m = share(state == "noisy" for state in states)
    derived, k = share(state == "noisy" for state in rows)
    off = max(abs(run.ratio - 1) for run in seen)
    detail = f"{len(seen)} runs; ratio off by at most {off:.1%}"
    return [
        Outcome(NAME, "quiet control, passes", "share of rows `noisy`", noisy, None, 0.10, m, detail),
        Outcome(NAME, "quiet control, rows of throughput.csv", "share of rows `noisy`", derived, None, 0.10, k,
                f"a row is `noisy` if one of its {_PASSES} passes is"),
    ]  # fmt: skip


def _switch(on: Callable[[], None], off: Callable[[], None], half: tuple[int, int]) -> Callable[[int], None]:
    def at(turn: int) -> None:
        if turn == half[0]:
            on()
        elif turn == half[1]:
            off()

    return at


def same_twice(at_pass: Callable[[int], None]) -> Seen:
    """Run a suite of one provider under two names; `at_pass` is told the number of each timed pass, from 1."""
    turns = 0

    def work(_: int) -> None:
        nonlocal turns
        at_pass(turns)  # 0 is the warm-up
        turns += 1
        _hash()

    providers = [TimedProvider(work, "once"), TimedProvider(lambda _: _hash(), "again")]
    with TemporaryDirectory(prefix="embedmark-validate-") as folder:
        raw = _run(providers, Path(folder))
    view = View.of(raw)
    rows = throughput_table(view)
    once, again = (float(str(row["items_per_s"])) for row in rows)
    timed = [view.samples(provider.info.model, "throughput") for provider in providers]
    states = tuple(str(state) for frame in timed for state in frame["host_state"])
    return Seen(again / once, tuple(str(row["host_state"]) for row in rows), states)


def _run(providers: list[TimedProvider], folder: Path) -> RawRun:
    dataset = texts(8)
    content = {
        "name": "validate",
        "providers": [{"name": provider.info.model, "use": "validate"} for provider in providers],
        "datasets": [dataset.name],
        "measure": {"throughput": {
            "batch_sizes": [8], "texts": 8, "warmup": 1, "passes": _PASSES, "max_passes": _PASSES, "max_seconds": 600.0,
        }},
    }  # fmt: skip
    suite = parse_suite(content, path=folder / "validate.yaml")
    planned = tuple(PlannedProvider(s, p, p.info, None) for s, p in zip(suite.providers, providers, strict=True))
    plan = Plan(suite, folder, planned, (dataset,), count_jobs(suite, planned, (dataset,)))
    with RunDirectory(folder / "run", new_manifest(plan, "run", datetime.now(UTC))) as directory:
        try:
            Runner(plan, directory, _Silent()).run()
        finally:
            directory.seal()
    return read_run(folder / "run")


class _Silent:
    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


def _hash() -> None:
    digest = b""
    for _ in range(_HASHES):
        digest = hashlib.sha256(digest).digest()
