"""When the machine is called noisy, and why."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from embedmark.machine import watch as machine
from embedmark.machine.kernel import Calibration
from embedmark.machine.load import Counters, Machine, Taken, listeners, local_port
from embedmark.machine.log import LookLog
from embedmark.machine.watch import HostState, HostWatch, wait_until_quiet


class Ticks:
    """A clock whose kernel takes what it is told: two readings of the clock a run of the kernel."""

    def __init__(self, spans_ns: Iterable[int]) -> None:
        self._spans: Iterator[int] = iter(spans_ns)
        self._now = 0
        self._open = False

    def __call__(self) -> int:
        if self._open:
            self._now += next(self._spans)
        self._open = not self._open
        return self._now


class Told(Machine):
    """Counters that say what they are told; a second passes between two looks."""

    def __init__(self, others: float = 0.0, steal: float | None = 0.0, own: float = 0.5, cpus: int = 2) -> None:
        super().__init__()
        self.others, self.steal, self.own, self.cpus = others, steal, own, cpus
        self.now = Counters(0.0, 0.0, None if steal is None else 0.0, 0.0, cpus)
        self.seen = 1.0  # of what is used, the share that the counters show

    def wall(self) -> float:
        return self.now.wall

    def read(self) -> Counters:
        return self.now

    def second(self) -> None:
        now, steal = self.now, self.steal
        stolen = None if now.steal is None or steal is None else now.steal + steal * self.cpus
        busy = now.busy + self.seen * (self.own + self.others * self.cpus)
        self.now = Counters(now.wall + 1, busy, stolen, now.own + self.own, self.cpus)


def watched(told: Told, spans: Iterable[int] = (), known: int | None = None) -> HostWatch:
    spans = iter(spans or iter(lambda: 100, 0))
    return HostWatch(Ticks(spans), {} if known is None else {1: known}, machine=told, rounds=0)


def looks(watch: HostWatch, told: Told, n: int) -> list[HostState]:
    found = []
    for _ in range(n):
        told.second()
        found.append(watch.look())
    return found


@pytest.mark.parametrize(
    ("others", "steal", "cpus", "state", "words"),
    [
        (0.0, 0.0, 2, "quiet", ""),
        (0.049, 0.0, 2, "quiet", ""),
        (0.25, 0.0, 2, "noisy", "other processes used 25% of the machine"),
        (0.25 / 64, 0.0, 64, "quiet", ""),  # a quarter of a core is nothing on 64
        (0.25, 0.0, 64, "noisy", "25% of the machine"),
        (0.0, 0.06, 4, "noisy", "the hypervisor took 6% of all CPU time"),
        (0.0, 0.049, 64, "quiet", ""),
        (0.0, None, 4, "quiet", ""),  # not counted here
    ],
)
def test_foreign_load_is_a_share_of_the_machine(
    others: float, steal: float | None, cpus: int, state: str, words: str
) -> None:
    told = Told(others=others, steal=steal, cpus=cpus)

    look = looks(watched(told), told, 1)[0]

    assert look.state == state
    assert words in look.reason


def test_a_kernel_slower_than_it_usually_is_is_noise() -> None:
    told = Told()
    watch = watched(told, [100, 114, 120, 130, 125, 116, 101, 130], known=100)

    states = looks(watch, told, 4)

    assert [state.state for state in states] == ["quiet", "quiet", "noisy", "quiet"]  # 116 is taken again, and is 101
    assert "20% slower" in states[2].reason
    assert watch.summary()["reasons"] == {"a fixed calculation": 1}


def test_nothing_seen_of_the_machine_is_never_quiet() -> None:
    """Counters that stand still, as in some sandboxes: a kernel that takes as long as ever shows nothing."""
    told = Told(own=0.9)
    told.seen = 0.0
    watch = watched(told, known=100)

    assert {state.state for state in looks(watch, told, 30)} == {"unknown"}
    assert watch.calibration.held_ns == {}


def test_a_machine_loaded_from_its_first_run_on_is_noisy() -> None:
    """Half of the kernel's pace from end to end, and no run before: the counters tell."""
    told = Told(others=0.5)
    watch = watched(told, iter(lambda: 200, 0))

    assert {state.state for state in looks(watch, told, 30)} == {"noisy"}
    assert watch.calibration.held_ns == {}  # it is no pace that later runs are judged by


def test_check_within_half_a_second_keeps_the_last_state() -> None:
    told = Told()
    watch = watched(told)

    assert watch.look().state == "unknown"
    assert looks(watch, told, 1)[0].state == "quiet"
    assert watch.look().state == "quiet"


def test_a_watch_settles_before_the_first_measurement() -> None:
    told = Told()
    watch = watched(told)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        told.second()

    watch.settle(sleep=sleep)

    assert 0.4 < sum(slept) < 0.6
    assert watch.look().state == "quiet"


class Life:
    """Runs on one machine, one after the other, each knowing the typical pace of those before it."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def run(self, times: Callable[[int], float], n: int = 400) -> float:
        """Return the share of noisy looks of a run whose kernel takes times(0), times(1), ..."""
        from embedmark.machine.pace import keep_pace, known_pace

        spans = (round(1e6 * times(i)) for i in range(10**9))
        told = Told()
        watch = HostWatch(Ticks(spans), known_pace(), machine=told, rounds=0)
        states = looks(watch, told, n)
        keep_pace(watch.calibration.held_ns)
        return sum(state.state == "noisy" for state in states) / n


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Life:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path_factory.mktemp("cache")))
    return Life()


def test_a_machine_with_5_percent_jitter_is_quiet(life: Life) -> None:
    rng = random.Random(1)

    noisy = [life.run(lambda _: max(0.5, rng.gauss(1.0, 0.05))) for _ in range(5)]

    assert max(noisy) == 0.0


def test_short_turbo_does_not_make_a_run_noisy(life: Life) -> None:
    """A quarter faster for the first looks of every run."""
    noisy = [life.run(lambda i: 0.75 if i < 10 else 1.0) for _ in range(5)]

    assert noisy == [0.0] * 5


def test_a_machine_throttled_for_good_is_quiet_again(life: Life) -> None:
    rng = random.Random(2)

    def paced(pace: float) -> Callable[[int], float]:
        return lambda _: pace * rng.gauss(1.0, 0.02)

    before = [life.run(paced(1.0)) for _ in range(3)]
    after_12 = [life.run(paced(1.12)) for _ in range(3)]
    after_40 = [life.run(paced(1.57)) for _ in range(6)]

    assert max(before) == 0.0
    assert max(after_12) <= 0.02
    assert after_40[0] == 1.0  # a sudden loss of a third is said
    assert max(after_40[4:]) <= 0.01  # and is the machine's pace when it stays


def test_one_fast_moment_does_not_set_the_pace(life: Life) -> None:
    assert life.run(lambda i: 0.6 if i % 50 == 7 else 1.0) == 0.0
    assert life.run(lambda _: 1.0) == 0.0


def test_load_that_lasts_is_noise_on_a_machine_that_is_known(life: Life) -> None:
    life.run(lambda _: 1.0)

    assert life.run(lambda i: 1.5 if i >= 200 else 1.0) == 0.5


def test_every_number_of_threads_has_a_pace_of_its_own() -> None:
    told = Told()
    watch = HostWatch(Ticks(iter([100, 150, 180, 180, 180])), {1: 100, 2: 150}, machine=told, rounds=0)

    found = []
    for threads in (1, 2, 2):
        told.second()
        found.append(watch.look(threads=threads).state)

    assert found == ["quiet", "quiet", "noisy"]
    assert watch.summary()["kernel_threads"] == 2


def test_the_kernel_runs_on_as_many_threads_as_asked() -> None:
    started = time.thread_time_ns(), time.process_time_ns()

    Calibration(rounds=4).read(threads=3)

    mine, all_of_them = time.thread_time_ns() - started[0], time.process_time_ns() - started[1]
    assert all_of_them > 2 * mine


def test_every_machine_check_is_kept_with_cause_and_rows() -> None:
    told = Told()
    watch = watched(told, iter([100, 130, 130, 130, 100, 100]), known=100)
    for rows in (0, 20):
        told.second()
        watch.look(rows)
    told.others = 0.5
    told.second()
    watch.look(1)

    log = watch.summary()["log"]

    assert log["found"] == "quiet kernel others"
    assert log["rows"] == "0 20 1"
    assert (log["kernel_every"], log["kernel_ns"]) == (1, [100, 130, 100])
    assert log["reasons"] == {"3": "other processes used 50% of the machine"}


def test_others_and_steal_of_the_whole_run_are_numbers() -> None:
    told = Told(others=0.15, steal=0.01)
    watch = watched(told)
    assert (watch.summary()["steal_share"], watch.summary()["others_cores"]) == (None, None)  # no time has passed
    looks(watch, told, 10)

    found = watch.summary()

    assert (found["steal_share"], found["others_cores"], found["others_share"]) == (0.01, 0.3, 0.15)
    assert found["others_share_max"] == 0.15


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


def test_checks_before_the_usual_pace_are_counted() -> None:
    told, again = Told(), Told()
    late = watched(told, iter([130] * 15 + [100] * 200))
    knowing = watched(again, iter([130] * 45 + [100] * 200), known=100)

    looks(late, told, 40)
    looks(knowing, again, 40)

    assert late.judged_late() == 15
    assert (knowing.noisy_looks, knowing.judged_late()) == (15, 0)


def test_drift_is_the_last_third_against_the_first() -> None:
    told = Told()
    watch = watched(told, iter([100] * 10 + [105] * 10 + [112] * 10))
    looks(watch, told, 30)

    assert watch.drift() == pytest.approx(0.12)
    assert watched(Told()).drift() is None


def test_the_kernel_takes_real_time() -> None:
    assert Calibration().read() > 1_000_000


@pytest.mark.parametrize(
    ("address", "port"),
    [("http://127.0.0.1:8123/v1", 8123), ("localhost:80", 80), ("http://[::1]:9/", 9), ("http://localhost/v1", 80),
     ("https://api.openai.com/v1", None), ("10.0.0.3:8000", None), ("http://localhost:x", None), ("", None)],
)  # fmt: skip
def test_only_a_server_of_this_machine_has_a_local_port(address: str, port: int | None) -> None:
    assert local_port(address) == port


_SERVER = """
import http.server, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
(folder / "port.tmp").write_text(str(server.server_address[1]))
(folder / "port.tmp").rename(folder / "port")
ends = time.monotonic() + 60
while not (folder / "go").exists() and time.monotonic() < ends:
    time.sleep(0.01)
while time.process_time() < 0.5:
    pass
(folder / "done").touch()
while not (folder / "end").exists() and time.monotonic() < ends:
    time.sleep(0.01)
"""
# Started by a process that ends at once, so that it is no child of the test.
_STRANGER = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], start_new_session=True)"


def _appears(path: Path) -> bool:
    ends = time.monotonic() + 60
    while not path.exists() and time.monotonic() < ends:
        time.sleep(0.01)
    return path.exists()


def test_measured_server_is_not_foreign_load(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _STRANGER, _SERVER, str(tmp_path)], check=True)
    try:
        assert _appears(tmp_path / "port")
        port = int((tmp_path / "port").read_text())
        with_server, without = Machine(), Machine()
        with_server.add_servers([f"http://127.0.0.1:{port}/v1"])
        before = with_server.read().own, without.read().own
        (tmp_path / "go").touch()
        assert _appears(tmp_path / "done")
        used = with_server.read().own - before[0], without.read().own - before[1]
    finally:
        (tmp_path / "end").touch()

    assert used[0] - used[1] == pytest.approx(0.4, abs=0.15)
    assert [process.is_running() for process in listeners(port)] in ([True], [])


def test_counters_over_less_than_half_a_second_say_nothing() -> None:
    taken = Taken.between(Counters(0, 0, 0, 0, 2), Counters(0.4, 0.8, 0, 0, 2))

    assert (taken.others, taken.steal) == (None, None)


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
    reason = wait_until_quiet(5, lambda _: None, known_ns={1: 1})
    assert reason is not None
    assert "slower than usual" in reason
