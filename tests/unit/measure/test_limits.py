"""Memory that runs out at a batch size, memory that does not hold all providers, and how cells end."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.throughput import throughput_table
from embedmark.errors import OutOfMemoryError
from tests.kit import Clock, Known, Measured


class Tight(Known):
    """Runs out of memory above `room` items a call."""

    room = 8

    def _work(self, n: int) -> None:
        if n > self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        super()._work(n)


def test_out_of_memory_is_a_row_and_the_other_sizes_go_on(measure: Callable[..., Measured], clock: Clock) -> None:
    spec = {"throughput": {"batch_sizes": [4, 16, 8], "texts": 32}, "latency": {"calls": 5}}
    raw, runner, _ = measure([Tight(clock, "a"), Known(clock, "b")], spec)
    a = raw.samples[(raw.samples["provider"] == "a") & (raw.samples["measure"] == "throughput")]
    assert set(a[(a["status"] == "ok") & (a["phase"] == "timed")]["batch_size"]) == {4, 8}
    failed = a[a["status"] == "failed"]
    assert failed["batch_size"].tolist() == [16]
    assert "out of memory" in failed["error"].iloc[0]
    assert raw.failures["provider"].tolist() == ["a"]
    assert [p.status for p in raw.manifest.providers] == ["ok", "ok"]
    assert len(raw.samples[(raw.samples["provider"] == "a") & (raw.samples["measure"] == "latency")]) == 5
    assert runner.recorder.failures == 1


def test_it_is_said_why_a_cell_ended(measure: Callable[..., Measured], clock: Clock) -> None:
    class Uneven(Known):
        def _work(self, n: int) -> None:
            super()._work(n)
            self.clock.ns += 3_000 * (len(self.calls) % 5)

    steady, uneven, slow = Known(clock, "steady"), Uneven(clock, "uneven"), Known(clock, "slow", each_ns=50_000_000)
    spec = {"throughput": {"batch_sizes": [8], "texts": 8, "passes": 10, "max_passes": 15, "max_seconds": 1}}
    raw, _, _ = measure([steady, uneven, slow], spec)
    ends = {end.provider: (end.why, end.extra["passes"]) for end in raw.manifest.ends}
    assert ends == {"steady": ("precise", 15), "uneven": ("passes", 15), "slow": ("budget", 3)}
    assert [w.code for w in raw.manifest.warnings if w.data.get("provider") == "slow"] == ["few-samples"]
    [wide] = [w for w in raw.manifest.warnings if w.data.get("provider") == "uneven"]
    assert wide.code == "wide-interval"
    assert "stopped after 15 passes, the limit" in wide.message
    assert not [w for w in raw.manifest.warnings if w.data.get("provider") == "steady"]


def test_providers_too_large_together_run_in_blocks(measure: Callable[..., Measured], clock: Clock) -> None:
    raw, _, progress = measure(
        [Known(clock, "a"), Known(clock, "b")], {"latency": {"calls": 3}}, room=lambda wanted: False
    )
    (notice,) = [w for w in raw.manifest.warnings if w.code == "blocks"]
    assert notice.data == {"blocks": [["a"], ["b"]]}
    order = raw.samples[raw.samples["phase"].isin(["load", "timed"])]["provider"].tolist()
    assert order == ["a"] * 4 + ["b"] * 4
    assert progress.done == progress.jobs


class OnDevice(Known):
    """Takes a part of a device's memory from load() to close(); the device holds ten parts in all."""

    device: ClassVar[dict[str, int]] = {}

    def __init__(self, clock: Clock, name: str, parts: int) -> None:
        super().__init__(clock, name)
        self.parts, self.loads = parts, 0

    def load(self) -> None:
        self.loads += 1
        if sum(self.device.values()) + self.parts > 10:
            raise OutOfMemoryError("out of device memory")
        self.device[self.info.model] = self.parts
        super().load()

    def close(self) -> None:
        super().close()
        self.device.pop(self.info.model, None)


def test_a_device_that_does_not_hold_one_more_ends_the_block(measure: Callable[..., Measured], clock: Clock) -> None:
    """The host has room enough: only load() shows that the device has none."""
    providers = [OnDevice(clock, name, parts) for name, parts in (("a", 4), ("b", 5), ("c", 7), ("d", 3))]
    raw, _, progress = measure(providers, {"latency": {"calls": 3}})
    [notice] = [w for w in raw.manifest.warnings if w.code == "blocks"]
    assert notice.data == {"blocks": [["a", "b"], ["c", "d"]]}
    assert [provider.loads for provider in providers] == [1, 1, 2, 1]
    assert [p.status for p in raw.manifest.providers] == ["ok"] * 4
    assert raw.failures.empty
    timed = raw.samples[raw.samples["phase"].isin(["load", "timed"])]["provider"].tolist()
    assert timed == [*"ab", *"aaabbb", *"cd", *"cccddd"]
    assert progress.done == progress.jobs


def test_model_too_large_for_the_device_fails_alone(measure: Callable[..., Measured], clock: Clock) -> None:
    providers = [OnDevice(clock, name, parts) for name, parts in (("a", 4), ("huge", 11), ("c", 5))]
    raw, _, progress = measure(providers, {"latency": {"calls": 3}})
    assert [provider.loads for provider in providers] == [1, 2, 1]
    assert raw.failures[["provider", "error_type"]].to_numpy().tolist() == [["huge", "OutOfMemoryError"]]
    assert [p.status for p in raw.manifest.providers] == ["ok", "failed", "ok"]
    assert set(raw.samples[raw.samples["measure"] == "latency"]["provider"]) == {"a", "c"}
    assert progress.done == progress.jobs


def test_different_threads_are_pointed_out(measure: Callable[..., Measured], clock: Clock) -> None:
    raw, _, _ = measure([Known(clock, "a"), Known(clock, "b")], {"latency": {"calls": 3}}, threads={"b": 2})
    (notice,) = [w for w in raw.manifest.warnings if w.code == "thread-mismatch"]
    assert notice.data["threads"] == {"a": None, "b": 2}


def test_the_warning_quotes_the_interval_that_is_printed(measure: Callable[..., Measured], clock: Clock) -> None:
    class Uneven(Known):
        def _work(self, n: int) -> None:
            super()._work(n)
            self.clock.ns += 100 * (len(self.calls) % 5)

    spec = {"batch_sizes": [8], "texts": 8, "passes": 10, "max_passes": 15, "target": 0.0001, "min_pass_ms": 0}
    raw, _, _ = measure([Uneven(clock, "uneven")], {"throughput": spec})
    [row] = throughput_table(MeasuredRun.of(raw))
    [wide] = [w for w in raw.manifest.warnings if w.code == "wide-interval"]

    low, middle, high = (float(str(row[f"items_per_s{end}"])) for end in ("_ci_low", "", "_ci_high"))

    assert wide.data["half_width"] == pytest.approx((high - low) / 2 / middle, abs=1e-4)
    assert f"±{100 * wide.data['half_width']:.1f} %" in wide.message
