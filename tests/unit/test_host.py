"""When the machine is called noisy, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedmark import host
from embedmark.host import Calibration, HostWatch, wait_until_quiet


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
def counters(monkeypatch: pytest.MonkeyPatch) -> list[host._Counters]:
    """The machine's counters, one a look; the last one stays. Time moves with them."""
    values = [host._Counters(0, 0, 0, 0)]
    monkeypatch.setattr(host, "_counters", lambda: values.pop(0) if len(values) > 1 else values[0])
    monkeypatch.setattr(host.time, "monotonic", lambda: values[0].wall)
    return values


def test_a_slower_kernel_is_noise(counters: list[host._Counters]) -> None:
    watch = HostWatch(Ticks(100, 110, 120, 90, 100, 110))
    states = [watch.look() for _ in range(6)]
    assert [state.state for state in states] == ["quiet", "quiet", "noisy", "quiet", "quiet", "noisy"]
    assert "20% slower" in states[2].reason
    assert watch.summary()["noisy"] == 2
    assert watch.summary()["reasons"] == {"a fixed calculation": 2}


def test_a_run_that_is_slow_from_end_to_end_is_told_by_the_pace_of_earlier_ones(
    counters: list[host._Counters],
) -> None:
    alone, knowing = HostWatch(Ticks(*[200] * 5)), HostWatch(Ticks(*[200] * 5), known_ns=100)
    assert {alone.look().state for _ in range(5)} == {"quiet"}
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
        (0.1, 0.5, 0.1, "noisy", "hypervisor"),
    ],
)
def test_what_others_take_is_noise(
    counters: list[host._Counters], busy: float, steal: float, own: float, state: str, words: str
) -> None:
    watch = HostWatch(Ticks(100, 100))
    counters[0] = host._Counters(2.0, busy, steal, own)  # two seconds later
    look = watch.look()
    assert look.state == state
    assert words in look.reason


def test_drift_is_the_last_third_against_the_first(counters: list[host._Counters]) -> None:
    watch = HostWatch(Ticks(*[100] * 10, *[105] * 10, *[112] * 10))
    for _ in range(30):
        watch.look()
    assert watch.drift() == pytest.approx(0.12)
    assert HostWatch(Ticks()).drift() is None


def test_the_kernel_takes_real_time() -> None:
    assert Calibration().read() > 100_000


def test_waiting_for_a_quiet_machine_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(host.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(host.time, "monotonic", lambda: now[0])
    said: list[str] = []
    monkeypatch.setattr(host.HostWatch, "look", lambda self: host.HostState("noisy", "somebody trains a model"))
    assert wait_until_quiet(10, said.append) == "somebody trains a model"
    assert 9 <= now[0] <= 12
    assert said
    monkeypatch.setattr(host.HostWatch, "look", lambda self: host.HostState("quiet"))
    assert wait_until_quiet(10, said.append) is None


def test_waiting_knows_the_pace_of_earlier_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(host.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(host.time, "monotonic", lambda: now[0])
    reason = wait_until_quiet(5, lambda _: None, known_ns=1)
    assert reason is not None
    assert "slower than at its best" in reason
