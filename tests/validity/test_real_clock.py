"""The experiments on the real clock: that they measure, without a word on how fast this machine is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from tools.validity import busy, overhead
from tools.validity.busy import Seen
from tools.validity.hog import hogs


def burners() -> list[psutil.Process]:
    me = os.getuid() if hasattr(os, "getuid") else None
    found = []
    for process in psutil.process_iter(["cmdline", "uids"]):
        command = process.info["cmdline"] or []
        mine = me is None or (process.info["uids"] and process.info["uids"].real == me)
        if mine and len(command) == 5 and Path(command[1]).name == "hog.py":
            found.append(process)
    return found


def test_load_generators_start_and_stop_on_request() -> None:
    before = {process.pid for process in burners()}
    with hogs(1) as hog:
        (mine,) = (process for process in burners() if process.pid not in before)
        assert mine.pid not in {child.pid for child in psutil.Process().children(recursive=True)}
        idle = mine.cpu_times().user
        hog.on()
        deadline = time.monotonic() + 30
        while mine.cpu_times().user < idle + 0.1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert mine.cpu_times().user >= idle + 0.1
        hog.off()
    _, alive = psutil.wait_procs([mine], timeout=30)
    assert not alive


def test_busy_half_is_switched_on_and_off_once() -> None:
    told: list[str] = []
    at = busy._switch(lambda: told.append("on"), lambda: told.append("off"), (11, 21))
    for turn in range(22):
        at(turn)
    assert told == ["on", "off"]


def test_the_same_provider_twice_through_a_whole_run() -> None:
    turns: list[int] = []
    seen = busy.same_twice(turns.append)
    assert turns == list(range(len(turns)))
    assert len(turns) >= 21
    assert seen.ratio > 0
    assert len(seen.rows) == 2
    assert len(seen.samples) == 40
    assert set(seen.samples) <= {"quiet", "noisy"}


@pytest.mark.parametrize(
    ("ratio", "rows", "honest"),
    [(1.04, ("quiet", "quiet"), True), (1.2, ("quiet", "quiet"), False), (1.2, ("quiet", "noisy"), True)],
)
def test_a_difference_must_be_owned_up_to(ratio: float, rows: tuple[str, ...], honest: bool) -> None:
    seen = Seen(ratio, rows, ("quiet",) * 4)
    assert seen.honest is honest
    assert busy.of_hogged([seen])[0].kept is honest


def control(elapsed: list[int], noisy: int, ratio: float = 1.0) -> Seen:
    states = ("noisy",) * noisy + ("quiet",) * (len(elapsed) - noisy)
    return Seen(ratio, ("quiet", "noisy" if noisy else "quiet"), states, tuple(elapsed))


def test_noisy_rows_are_counted_in_runs_with_steady_passes() -> None:
    calm, alarmed, torn = control([100, 101, 110, 114], 0), control([100] * 4, 1), control([100, 100, 100, 116], 3, 1.2)
    halved = control([200] * 4, 4)  # as steady as can be, at half of what the machine has
    runs = [calm, alarmed, torn, halved]
    assert busy.steady(runs) == [calm, alarmed]
    samples, rows, all_of_them = busy.of_quiet(runs)
    assert (samples.found, samples.n) == (1 / 8, 8)
    assert (rows.found, rows.n) == (1 / 4, 4)
    assert (all_of_them.found, all_of_them.n) == (1.0, 4)
    assert busy.of_quiet([control([100, 200], 0, 1.2)])[2].found == 0


def test_a_control_that_was_never_quiet_shows_nothing() -> None:
    samples, rows, _ = busy.of_quiet([control([100, 200], 1)])
    assert samples.n == rows.n == 0
    assert not samples.kept
    assert not rows.kept


def test_overhead_is_measured() -> None:
    call = overhead.of_call(200)
    assert call.n == 200
    assert call.found > 0
    share = overhead.of_pass(0.00001, 4)
    assert share.n == 4
    assert share.found > -1
