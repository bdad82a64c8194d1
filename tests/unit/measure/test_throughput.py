"""Passes in turns on a clock that only providers move: who goes on, for how long, and over what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo
from embedmark.derive import derive_tables
from embedmark.measure.lane import Lane, wanted
from embedmark.suite import ThroughputSpec
from tests.kit import Clock, Known, Measured


class Machine:
    """A machine that is 20 % slow for the first `slow` turns of the passes of three providers."""

    def __init__(self, slow: int) -> None:
        self.slow, self.passes = slow, 0

    @property
    def factor(self) -> float:
        return 1.2 if self.passes < 3 * self.slow else 1.0


class Drifting(Known):
    """A provider on such a machine, whose passes differ a little among themselves."""

    def __init__(self, clock: Clock, name: str, machine: Machine, each_ns: int, jitter: Sequence[float]) -> None:
        super().__init__(clock, name, each_ns=each_ns)
        self.machine, self.jitter = machine, jitter

    def _work(self, n: int) -> None:
        if n < 8:  # the first call
            return super()._work(n)
        self.calls.append(n)
        self.clock.ns += round(self.each_ns * n * self.machine.factor * self.jitter[len(self.calls) % len(self.jitter)])
        self.machine.passes += 1
        return None


def rates(run: Measured) -> dict[str, float]:
    return {str(row["provider"]): float(str(row["items_per_s"])) for row in derive_tables(run[0])["throughput.csv"]}


@pytest.mark.parametrize("quiet_jitter", [0.001, 0.01])
def test_equal_providers_have_equal_rates_under_drift(
    measure: Callable[..., Measured], clock: Clock, quiet_jitter: float
) -> None:
    """One of two equal providers is precise at once, the other is not, and the third takes its time."""
    machine = Machine(slow=12)
    steady = [1 + quiet_jitter * (i % 3 - 1) for i in range(3)]
    uneven = [0.97, 1.0, 1.03, 0.98, 1.02]
    providers = [
        Drifting(clock, "steady", machine, 1_000_000, steady),
        Drifting(clock, "uneven", machine, 1_000_000, uneven),
        Drifting(clock, "slow", machine, 20_000_000, steady),
    ]
    run = measure(providers, {"throughput": {"batch_sizes": [8], "texts": 8, "max_passes": 40, "max_seconds": 60}})

    found = rates(run)

    assert found["steady"] == pytest.approx(found["uneven"], rel=0.03)
    passes = run[0].samples
    passes = passes[(passes["measure"] == "throughput") & (passes["phase"] == "timed")]
    assert passes["provider"].tolist() == ["steady", "uneven", "slow"] * (len(passes) // 3)


def lane(elapsed: Sequence[int], failed: bool = False) -> Lane:
    return Lane(None, [], "text", 8, elapsed_ns=list(elapsed), failed=failed)  # type: ignore[arg-type]


SPEC = ThroughputSpec(passes=10, max_passes=20, max_seconds=1)


def test_precise_provider_continues_until_all_are_precise() -> None:
    precise, uneven = lane([1000] * 10), lane([1000, 2000] * 5)

    assert wanted([precise, uneven], SPEC) == [precise, uneven]
    assert precise.end(SPEC) == "precise"


def test_a_budget_ends_the_turns_of_all() -> None:
    uneven, slow = lane([1000, 2000] * 4), lane([200_000_000] * 8)

    assert wanted([uneven, slow], SPEC) == []
    assert (uneven.end(SPEC), slow.end(SPEC)) == ("turns", "budget")


def test_slow_provider_does_not_stop_the_others() -> None:
    uneven, slow = lane([1000, 2000] * 2), lane([300_000_000] * 4)

    assert wanted([uneven, slow], SPEC) == [uneven]
    assert wanted([lane([], failed=True)], SPEC) == []


def sizes(run: Measured, name: str) -> list[int]:
    passes = run[0].samples
    passes = passes[(passes["measure"] == "throughput") & (passes["provider"] == name) & (passes["phase"] == "timed")]
    assert passes["elapsed_ns"].nunique() >= 1
    return passes["n_items"].astype(int).tolist()


class Seen(Known):
    """Keeps the texts of its last pass."""

    def __init__(self, clock: Clock, name: str, each_ns: int) -> None:
        super().__init__(clock, name, each_ns=each_ns)
        self.texts: list[str] = []

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        self.texts += texts
        return super()._encode(texts)


@pytest.mark.parametrize(
    ("each_ns", "n"),
    [
        (10_000_000, 8),  # 80 ms: long enough
        (1_000_000, 80),  # not of 32 texts, but of all 80 different ones
        (2_000_000, 32),
        (100_000, 640),  # all of them eight times
    ],
)
def test_a_short_pass_takes_more_texts(measure: Callable[..., Measured], clock: Clock, each_ns: int, n: int) -> None:
    run = measure(
        [Seen(clock, "a", each_ns)],
        {"throughput": {"batch_sizes": [8], "texts": 8, "min_pass_ms": 50, "passes": 6, "max_passes": 6}},
    )

    assert sizes(run, "a") == [n] * 6
    passes = run[0].samples
    passes = passes[(passes["measure"] == "throughput") & (passes["phase"] == "timed")]
    assert passes["elapsed_ns"].min() >= 50_000_000


def test_every_text_is_drawn_once_before_one_is_drawn_again(measure: Callable[..., Measured], clock: Clock) -> None:
    seen = Seen(clock, "a", 1_000_000)
    measure([seen], {"throughput": {"batch_sizes": [8], "texts": 8, "min_pass_ms": 50, "passes": 6, "max_passes": 6}})

    assert len(set(seen.texts[-80:])) == 80


class Api(Seen):
    """The same behind a network, as its async method says."""

    def __init__(self, clock: Clock, name: str, each_ns: int, host: str) -> None:
        super().__init__(clock, name, each_ns)
        self.info = ProviderInfo(
            plugin="known", model=name, kind="bi-encoder", served_by=host, limits=Limits(concurrency=2)
        )
        del self.encode

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        return self._encode(texts)


@pytest.mark.parametrize(("host", "n"), [("api.example.com", 8), ("127.0.0.1:8000", 80)])
def test_an_api_is_never_asked_again_only_to_fill_a_pass(
    measure: Callable[..., Measured], clock: Clock, host: str, n: int
) -> None:
    """What may be billed is sent as planned; a server on this machine may get all different texts, each once."""
    api = Api(clock, "a", 1_000, host)
    run = measure(
        [api], {"throughput": {"batch_sizes": [8], "texts": 8, "min_pass_ms": 50, "passes": 6, "max_passes": 6}}
    )

    assert sizes(run, "a") == [n] * 6
    assert len(set(api.texts[-n:])) == n
