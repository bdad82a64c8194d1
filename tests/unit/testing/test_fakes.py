"""The fakes: known vectors, known timing, through the real runner; and the clock that they move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedmark.calls.caller import Caller
from embedmark.errors import ProviderError
from embedmark.testing import (
    FakeBiEncoder,
    FakeClock,
    FakeCrossEncoder,
    FakeImageEncoder,
    Source,
    Subject,
    Timing,
    conform,
    conformance_test,
)
from embedmark.testing.drift import cosine_distances, row_drift


def test_the_clock_moves_only_when_it_is_told_to() -> None:
    clock = FakeClock(start_ns=5)
    assert (clock.now_ns(), clock.now_ns(), clock.cpu_ns()) == (5, 5, 0)
    clock.advance(1.5)
    clock.advance(2, cpu_seconds=0.25)
    assert (clock.now_ns(), clock.cpu_ns()) == (3_500_000_005, 1_750_000_000)
    clock.wait_until_ns(4_000_000_000)
    clock.wait_until_ns(1)
    assert (clock.now_ns(), clock.cpu_ns()) == (4_000_000_000, 1_750_000_000)
    assert clock.waits == [4_000_000_000, 1]
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_clock_is_what_the_harness_measures_with() -> None:
    from embedmark.measure.clock import Clock

    clock: Clock = FakeClock()
    assert clock.now_ns() == 0


def test_known_vectors_and_known_timing_through_the_caller() -> None:
    clock = FakeClock()
    fake = FakeBiEncoder({"a b": [3, 4], "c": [1, 0]}, timing=Timing(clock, load_s=2, call_s=0.1, item_s=0.01))
    with pytest.raises(ProviderError, match="not loaded"):
        fake.encode(["c"])
    fake.load()
    assert clock.now_ns() == 2_000_000_000
    done = Caller(fake).run(["c", "a b", "c"], batch_size=2)
    assert done.values.tolist() == [[1, 0], [3, 4], [1, 0]]
    assert clock.now_ns() == 2_230_000_000
    assert fake.calls == [["a b", "c"], ["c"]]
    assert done.usage.tokens == 4
    assert fake.count_tokens(["a b", ""]) == [2, 0]


def test_vectors_that_were_not_given_follow_from_the_text() -> None:
    fake, other = FakeBiEncoder(dim=5), FakeBiEncoder(dim=5)
    fake.load()
    other.load()
    vectors = fake.encode(["x", "y", " "]).vectors
    np.testing.assert_array_equal(vectors[1:2], other.encode(["y"]).vectors)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0], atol=1e-6)
    with pytest.raises(ValueError, match="different lengths"):
        FakeBiEncoder({"a": [1], "b": [1, 2]})


def test_known_values_of_pairs() -> None:
    fake = FakeCrossEncoder({("a", "b"): 0.5})
    fake.load()
    values = fake.predict([("a", "b"), ("b", "a"), ("a", "c")]).values
    assert values[0] == 0.5
    assert len(set(values.tolist())) == 3


@pytest.mark.parametrize("cls", [FakeBiEncoder, FakeCrossEncoder, FakeImageEncoder])
def test_the_fakes_conform(cls: type) -> None:
    if cls is FakeImageEncoder:
        pytest.importorskip("PIL")
    outcome = conform(cls)
    assert outcome.ok, str(outcome)


class Plain(FakeBiEncoder):
    """Named for the cases below."""


test_conformance = conformance_test(Plain, options={"dim": 16})


def test_unconstructible_provider_fails_without_breaking_pytest(tmp_path: Path) -> None:
    test = conformance_test("./none.py:X", folder=tmp_path)
    with pytest.raises(Exception, match="there is no provider file"):
        test("construct")


def test_a_conformance_test_reports_each_check() -> None:
    class Wrong(FakeBiEncoder):
        def encode(self, texts):
            reply = super().encode(texts)
            reply.vectors = reply.vectors.astype(np.float64)
            return reply

    test = conformance_test(Wrong)
    test("shape")
    with pytest.raises(pytest.fail.Exception, match="dtype: vectors are float64"):
        test("dtype")
    with pytest.raises(pytest.skip.Exception, match="skipped until 'dtype' passes"):
        test("row order")


def test_local_class_is_not_tried_in_a_second_process() -> None:
    class Local(FakeBiEncoder):
        pass

    (finding,) = [f for f in conform(Local).findings if f.check == "second process"]
    assert finding.status == "skipped"
    assert "inside a function" in finding.detail


def test_a_provider_that_takes_one_text_a_request() -> None:
    from dataclasses import replace

    from embedmark.api import Limits

    class OneByOne(FakeBiEncoder):
        def __init__(self):
            super().__init__()
            self.info = replace(self.info, limits=Limits(inputs_per_request=1))

        def encode(self, texts):
            assert len(texts) <= 1
            return super().encode(texts)

    outcome = conform(OneByOne)
    assert outcome.ok, str(outcome)
    skipped = {f.check: f.detail for f in outcome.of("skipped")}
    assert "inputs_per_request is 1" in skipped["batch of 1 and of n"]
    assert "inputs_per_request is 1" in skipped["duplicates"]


def test_drift_puts_angle_length_and_value_on_one_scale() -> None:
    a = np.array([[1.0, 0], [1, 0], [0, 0], [0, 0], [1, 1]])
    b = np.array([[1.0, 0], [0, 1], [0, 0], [1, 0], [1.01, 1.01]])
    np.testing.assert_allclose(cosine_distances(a, b), [0, 1, 0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(row_drift(a, b)[4], (0.01 / 1.01) ** 2 / 2, rtol=1e-6)
    np.testing.assert_allclose(row_drift(np.array([1.0]), np.array([1.5]), spread=5.0), [0.1**2 / 2])


def test_extra_checks_plug_in() -> None:
    from embedmark.testing import Check, CheckFailed, Group

    seen: list[str] = []

    def fails(subject: Subject) -> str:
        seen.append(subject.method)
        raise CheckFailed("the wire broke")

    extra = Group("faults", (Check("reset", fails, needs=("load",)), Check("after", lambda _: "x", needs=("reset",))))
    outcome = conform(FakeBiEncoder, extra=[extra])
    assert [(f.group, f.check, f.detail) for f in outcome.failed] == [("faults", "reset", "the wire broke")]
    assert [f.status for f in outcome.findings if f.check == "after"] == ["skipped"]
    assert [f.check for f in outcome.findings][-1] == "does not sleep"
    assert seen == ["encode"]


def test_the_method_under_test() -> None:
    assert Subject(Source(FakeCrossEncoder)).method == "predict"
