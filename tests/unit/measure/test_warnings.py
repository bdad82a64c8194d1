"""What a run keeps of its machine: every look in the order of the rows, load and steal at the end, thread pools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from embedmark.machine.kernel import Calibration
from tests.kit import Clock, Known, Measured

NOISY = ("kernel", "others", "steal")


def unrolled(runs: str) -> list[str]:
    return [value for run in runs.split() for value, _, n in [run.partition("*")] for _ in range(int(n or 1))]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the kernel take what is said, look by look; the last one stays."""

    def take(*looks: int) -> None:
        left = list(looks)

        def read(self: Calibration, threads: int = 1, tries: int = 3) -> int:
            reading = left.pop(0) if len(left) > 1 else left[0]
            self.readings.setdefault(threads, []).append(reading)
            return reading

        monkeypatch.setattr(Calibration, "read", read)

    return take


def test_log_has_the_machine_check_of_each_row(
    measure: Callable[..., Measured], clock: Clock, kernel: Callable[..., None]
) -> None:
    kernel(*[100] * 22, 150, 100, 170, 100)
    spec = {"throughput": {"batch_sizes": [4], "texts": 8}, "latency": {"calls": 50}}
    raw, _, _ = measure([Known(clock, "a"), Known(clock, "b", fail_after=8)], spec)
    log = raw.manifest.host.log
    found, rows = unrolled(log["found"]), [int(n) for n in unrolled(log["rows"])]
    assert len(found) == len(rows) == raw.manifest.host.looks
    assert rows[:10] == [0] * 10
    states = [state for state, n in zip(found, rows, strict=True) for _ in range(n)]
    judged = raw.samples["host_state"].dropna().tolist()
    assert judged == ["noisy" if state in NOISY else state for state in states]
    assert judged.count("noisy") > 0
    assert log["kernel_ns"][:25] == [*[100] * 22, 150, 100, 170]
    assert found[22:25] == ["kernel", "quiet", "kernel"]


@pytest.mark.parametrize(("slow", "warned"), [(19, True), (4, False)])
def test_a_machine_that_came_to_its_pace_late_is_a_warning(
    measure: Callable[..., Measured], clock: Clock, kernel: Callable[..., None], slow: int, warned: bool
) -> None:
    """Looks are judged by the run's own pace from 20 on; those before are few or many."""
    kernel(*[130] * slow, 100)
    spec = {"throughput": {"batch_sizes": [4], "texts": 8, "passes": 50, "max_passes": 50}}
    manifest = measure([Known(clock, "a")], spec)[0].manifest
    host = manifest.host
    assert host.extra["kernel_judged_late"] == slow
    late = [w for w in manifest.warnings if w.code == "late-best"]
    assert bool(late) == warned
    if warned:
        assert late[0].data == {"looks": host.looks, "judged_late": 19}


def test_load_and_steal_of_the_run_are_in_the_manifest(measure: Callable[..., Measured], clock: Clock) -> None:
    host = measure([Known(clock, "a")], {"latency": {"calls": 3}})[0].manifest.host.to_json()
    assert len(host["load_average_at_end"]) in (0, 3)  # Windows has none
    assert host["frequency_mhz_at_end"] is None or host["frequency_mhz_at_end"] > 0
    assert host["steal_share"] is None or 0 <= host["steal_share"] <= 1


@pytest.mark.parametrize(("spec", "first"), [({"latency": {"calls": 1}}, 10), ({"accuracy": {}}, 0)])
def test_a_run_settles_only_where_something_is_timed(
    measure: Callable[..., Measured], clock: Clock, spec: dict[str, Any], first: int
) -> None:
    """Half a second of looks before the first measurement would be a tenth of an accuracy run."""
    log = measure([Known(clock, "a")], spec)[0].manifest.host.log

    assert unrolled(log["rows"])[:first] == ["0"] * first
    assert unrolled(log["rows"])[first] == "1"
