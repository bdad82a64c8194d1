"""When the machine is called noisy, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from embedmark.machine import watch as machine
from embedmark.machine.kernel import Calibration
from embedmark.machine.log import LookLog
from embedmark.machine.watch import HostWatch, wait_until_quiet


class Ticks:
    """A clock whose kernel takes what it is told: two readings a run of the kernel, five runs a look."""

    def __init__(self, *looks_ns: int) -> None:
        self._spans: Iterator[int] = (ns for look in looks_ns for ns in [look] * 5)
        self._now = 0
        self._open = False

    def __call__(self) -> int:
        if self._open:
            self._now += next(self._spans)
        self._open = not self._open
        return self._now


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> list[machine._Counters]:
    """The machine's counters, one a look; the last one stays. Time moves with them."""
    values = [machine._Counters(0, 0, 0, 0)]
    monkeypatch.setattr(machine, "_counters", lambda: values.pop(0) if len(values) > 1 else values[0])
    monkeypatch.setattr(machine.time, "monotonic", lambda: values[0].wall)
    return values


def test_a_slower_kernel_is_noise(counters: list[machine._Counters]) -> None:
    watch = HostWatch(Ticks(100, 110, 120, 90, 100, 110))
    states = [watch.look() for _ in range(6)]
    assert [state.state for state in states] == ["unknown", "unknown", "noisy", "unknown", "quiet", "noisy"]
    assert "20% slower" in states[2].reason
    assert watch.summary()["noisy"] == 2
    assert watch.summary()["reasons"] == {"a fixed calculation": 2}


def test_a_run_that_is_slow_from_end_to_end_is_told_by_the_pace_of_earlier_ones(
    counters: list[machine._Counters],
) -> None:
    alone, knowing = HostWatch(Ticks(*[200] * 5)), HostWatch(Ticks(*[200] * 5), known_ns=100)
    assert [alone.look().state for _ in range(5)] == ["unknown"] * 4 + ["quiet"]
    look = knowing.look()
    assert (look.state, look.reason) == ("noisy", "a fixed calculation ran 100% slower than at its best")
    assert knowing.summary()["kernel_known_ns"] == 100


def test_a_lucky_moment_is_not_the_pace_that_a_run_held() -> None:
    calibration = Calibration(Ticks(*[50] * 2, *[100] * 28))
    for _ in range(19):
        calibration.read()
    assert calibration.held_ns is None
    for _ in range(11):
        calibration.read()
    assert (calibration.best_ns, calibration.held_ns) == (50, 100)


@pytest.mark.parametrize(
    ("busy", "steal", "own", "state", "words"),
    [
        (2.0, 0.0, 2.0, "quiet", ""),  # all of it was ours
        (2.0, 0.0, 1.0, "noisy", "other processes used 0.5 cores"),
        (0.1, 0.5, 0.1, "noisy", "the hypervisor took 6% of all CPU time"),  # 0.5 s of 2 s on 4 CPUs
        (0.1, 0.38, 0.1, "quiet", ""),  # 4.75 %, though nearly a fifth of one core
        (0.1, None, 0.1, "quiet", ""),  # not counted here
    ],
)
def test_what_others_take_is_noise(
    counters: list[machine._Counters], monkeypatch: pytest.MonkeyPatch, busy: float, steal: float | None, own: float,
    state: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(machine, "_cpus", lambda: 4)
    watch = HostWatch(Ticks(100, 100))
    counters[0] = machine._Counters(2.0, busy, steal, own)  # two seconds later
    look = watch.look()
    assert look.state == state
    assert words in look.reason


@pytest.mark.parametrize(("each", "state"), [(0.0008, "quiet"), (0.049, "quiet"), (0.051, "noisy")])
def test_steal_is_a_share_of_all_cpus_on_a_large_machine(
    counters: list[machine._Counters], monkeypatch: pytest.MonkeyPatch, each: float, state: str
) -> None:
    """64 CPUs with 0.08 % of each stolen are 0.05 cores' worth, and quiet."""
    monkeypatch.setattr(machine, "_cpus", lambda: 64)
    watch = HostWatch(Ticks(100))
    counters[0] = machine._Counters(10.0, 3.0, 64 * 10.0 * each, 3.0)
    assert watch.look().state == state
    assert watch.summary()["steal_share"] == pytest.approx(each)


def test_steal_and_others_of_the_whole_run_are_numbers(
    counters: list[machine._Counters], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_cpus", lambda: 2)
    watch = HostWatch(Ticks(100))
    assert (watch.summary()["steal_share"], watch.summary()["others_cores"]) == (None, None)  # no time has passed
    counters[0] = machine._Counters(100.0, 90.0, 1.0, 60.0)
    watch.look()
    assert (watch.summary()["steal_share"], watch.summary()["others_cores"]) == (0.005, 0.3)


def test_nobody_knows_before_anything_was_seen(counters: list[machine._Counters]) -> None:
    """No counters, no pace of an earlier run, and fewer than five readings: unknown, and never a good word for it."""
    blank = HostWatch(Ticks(*[100] * 6))
    assert [blank.look().state for _ in range(6)] == ["unknown"] * 4 + ["quiet"] * 2
    assert blank.summary()["unknown"] == 4
    assert blank.summary()["noisy"] == 0
    assert HostWatch(Ticks(100), known_ns=100).look().state == "quiet"
    counted = HostWatch(Ticks(100, 100))
    assert counted.look().state == "unknown"
    counters[0] = machine._Counters(2.0, 1.0, 0.0, 1.0)
    assert counted.look().state == "quiet"


def test_every_look_is_kept_with_its_cause_and_its_rows(counters: list[machine._Counters]) -> None:
    watch = HostWatch(Ticks(*[100] * 6, 130, 100))
    for rows in (0, 0, 0, 0, 0, 20, 1):
        watch.look(rows)
    counters[0] = machine._Counters(2.0, 2.0, 0.0, 1.0)
    watch.look(1)
    log = watch.summary()["log"]
    assert log["found"] == "unknown*4 quiet*2 kernel others"
    assert log["rows"] == "0*5 20 1*2"
    assert (log["kernel_every"], log["kernel_ns"]) == (1, [*[100] * 6, 130, 100])
    assert log["reasons"] == {"8": "other processes used 0.5 cores"}


def test_the_log_of_a_long_run_stays_small() -> None:
    log = LookLog()
    for i in range(100_000):
        noisy = i % 3 == 0
        log.add(10_000_000 + i, "others" if noisy else "quiet", f"{i} cores" if noisy else "", 1)
    facts = log.facts()
    assert facts["kernel_every"] == 50
    assert facts["kernel_ns"] == [10_000_000 + i for i in range(0, 100_000, 50)]
    assert len(facts["reasons"]) == 200
    assert len(json.dumps(facts, indent=1)) < 1_500_000
    assert sum(int(run.partition("*")[2] or 1) for run in facts["found"].split()) == 100_000


def test_a_best_that_comes_late_is_told_with_the_looks_that_it_judges_anew(counters: list[machine._Counters]) -> None:
    late = HostWatch(Ticks(*[120] * 30, *[100] * 10))
    knowing = HostWatch(Ticks(*[120] * 30, *[100] * 10), known_ns=100)
    for _ in range(40):
        late.look()
        knowing.look()
    assert late.noisy_looks == 0
    assert late.late_best() == (31, 30)
    assert (late.summary()["kernel_best_look"], late.summary()["kernel_judged_late"]) == (31, 30)
    assert (knowing.noisy_looks, knowing.late_best()) == (30, (31, 0))
    assert HostWatch(Ticks()).late_best() == (None, 0)


def test_drift_is_the_last_third_against_the_first(counters: list[machine._Counters]) -> None:
    watch = HostWatch(Ticks(*[100] * 10, *[105] * 10, *[112] * 10))
    for _ in range(30):
        watch.look()
    assert watch.drift() == pytest.approx(0.12)
    assert HostWatch(Ticks()).drift() is None


def test_the_kernel_takes_real_time() -> None:
    assert Calibration().read() > 100_000


def test_waiting_for_a_quiet_machine_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(machine.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(machine.time, "monotonic", lambda: now[0])
    said: list[str] = []
    monkeypatch.setattr(
        machine.HostWatch, "look", lambda self: machine.HostState("noisy", "others", "somebody trains a model")
    )
    assert wait_until_quiet(10, said.append) == "somebody trains a model"
    assert 9 <= now[0] <= 12
    assert said
    monkeypatch.setattr(machine.HostWatch, "look", lambda self: machine.HostState("quiet"))
    assert wait_until_quiet(10, said.append) is None


def test_waiting_knows_the_pace_of_earlier_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(machine.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(machine.time, "monotonic", lambda: now[0])
    reason = wait_until_quiet(5, lambda _: None, known_ns=1)
    assert reason is not None
    assert "slower than at its best" in reason
