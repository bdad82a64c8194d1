"""A cross-encoder over all pairs: every pair once, the best kept, stopped and resumed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from embedmark.allpairs.pairs import AllPairs, CandidatePairs
from embedmark.api import Limits, PairPredictions, ProviderInfo, Usage
from embedmark.calls.caller import Caller
from embedmark.datasets.sample import sample_texts
from embedmark.errors import ProviderError, StorageError
from embedmark.measure.scaling import stream as module
from embedmark.measure.scaling.state import Stream
from embedmark.measure.scaling.stream import predict_pairs
from embedmark.store.checkpoint import Checkpoint
from tests.kit import Clock, dataset

TEXTS = [f"{'가나다라마'[i % 5] * (1 + i * 7 % 13)} {i}" for i in range(30)]
EVERY = {(a, b) for a in range(30) for b in range(a + 1, 30)}


def score(a: str, b: str) -> float:
    return float(np.float32((len(a) * 31 + len(b) * 17 + int(a.split()[1]) * int(b.split()[1])) % 101))


class Scores:
    """Scores pairs, remembers all it was asked, and dies or is interrupted in its n-th call."""

    def __init__(
        self, clock: Clock, stop_at: int | None = None, error: type[BaseException] = KeyboardInterrupt
    ) -> None:
        self.info = ProviderInfo(plugin="scores", model="m", kind="cross-encoder", limits=Limits())
        self.clock, self.stop_at, self.error = clock, stop_at, error
        self.asked: list[tuple[int, int]] = []
        self.calls: list[Sequence[tuple[str, str]]] = []

    def load(self) -> None: ...

    def close(self) -> None: ...

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        if len(self.calls) == self.stop_at:
            raise self.error
        self.calls.append(pairs)
        self.asked += [(int(a.split()[1]), int(b.split()[1])) for a, b in pairs]
        self.clock.ns += 1000 * len(pairs)
        usage = Usage(tokens=3 * len(pairs), requests=1)
        return PairPredictions(np.array([score(a, b) for a, b in pairs], dtype=np.float32), usage)


def predict(provider: Any, checkpoint: Checkpoint | None = None, window: int = 100) -> Stream:
    return predict_pairs(
        Caller(provider), TEXTS, AllPairs(30), 5, batch_size=8, clock=provider.clock, window=window,
        checkpoint=checkpoint,
    )  # fmt: skip


def brute_force() -> np.ndarray:
    values = np.full((30, 30), -np.inf)
    for a, b in EVERY:
        values[a, b] = values[b, a] = score(TEXTS[a], TEXTS[b])
    order = np.lexsort((np.broadcast_to(np.arange(30), values.shape), -values), axis=1)
    return order[:, :5]


def test_all_pairs_are_numbered_without_being_written_down() -> None:
    for n in (2, 3, 17):
        pairs = AllPairs(n)
        a, b = pairs.at(0, len(pairs))
        assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(i, j) for i in range(n) for j in range(i + 1, n)]
    a, b = AllPairs(100_000).at(4_999_949_999, 4_999_950_000)
    assert (a[0], b[0]) == (99_998, 99_999)


def test_candidates_of_both_sides_are_one_pair() -> None:
    pairs = CandidatePairs(np.array([[1, 2], [0, -1], [1, 0]]))
    a, b = pairs.at(0, len(pairs))
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]


def test_every_pair_is_predicted_once_and_the_best_are_kept() -> None:
    provider = Scores(Clock())
    done = predict(provider)
    assert len(provider.asked) == len(EVERY) == done.done
    assert set(provider.asked) == EVERY
    assert np.array_equal(done.best.indexes, brute_force())
    assert done.elapsed_ns == 1000 * len(EVERY)
    assert done.usage == Usage(tokens=3 * len(EVERY), requests=len(provider.calls))


def test_a_window_is_sorted_by_length() -> None:
    provider = Scores(Clock())
    predict(provider, window=10_000)
    lengths = [len(a) + len(b) for call in provider.calls for a, b in call]
    assert lengths == sorted(lengths, reverse=True)
    spread = [max(map(len, map("".join, call))) - min(map(len, map("".join, call))) for call in provider.calls]
    assert max(spread) <= 4


@pytest.mark.parametrize("stop_at", [1, 13, 30, 54])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_stopped_work_goes_on_without_predicting_a_pair_twice(
    stop_at: int, error: type[BaseException], tmp_path: Path
) -> None:
    clock = Clock()
    first = Scores(clock, stop_at, error)
    with pytest.raises(error):
        predict(first, Checkpoint(tmp_path, "work"))
    second = Scores(clock)
    done = predict(second, Checkpoint(tmp_path, "work"))
    assert sorted(first.asked + second.asked) == sorted(EVERY)
    assert done.resumed == len(first.asked) > 0
    assert np.array_equal(done.best.indexes, brute_force())
    assert done.elapsed_ns == 1000 * len(EVERY)
    assert done.usage == Usage(tokens=3 * len(EVERY), requests=len(first.calls) + len(second.calls))
    assert list(tmp_path.iterdir()) == []


def interrupted_at(line: int, provider: Scores, checkpoint: Checkpoint) -> bool:
    """Predict, interrupted before the `line`-th line that the stream's own modules run. False if there is none."""
    left = [line]
    own = ("scaling/stream.py", "scaling/state.py", "allpairs/best.py", "store/checkpoint.py")

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.endswith(own):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        predict_pairs(
            Caller(provider), TEXTS[:7], AllPairs(7), 3, batch_size=4, clock=provider.clock, window=12,
            checkpoint=checkpoint,
        )  # fmt: skip
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def test_interrupt_at_any_line_keeps_best_and_counts_in_step(tmp_path: Path) -> None:
    every = {(a, b) for a, b in EVERY if b < 7}
    whole = predict_pairs(Caller(Scores(Clock())), TEXTS[:7], AllPairs(7), 3, batch_size=4, clock=Clock())
    line = 0
    while True:
        line += 3
        clock = Clock()
        first, second = Scores(clock), Scores(clock)
        folder = tmp_path / str(line)
        if not interrupted_at(line, first, Checkpoint(folder, "work")):
            break
        done = predict_pairs(
            Caller(second), TEXTS[:7], AllPairs(7), 3, batch_size=4, clock=clock, window=12,
            checkpoint=Checkpoint(folder, "work"),
        )  # fmt: skip
        assert np.array_equal(done.best.indexes, whole.best.indexes)
        assert done.done == len(every)
        asked = first.asked + second.asked
        assert set(asked) == every
        if len(first.asked) < len(every):  # else all was done, and perhaps forgotten, before the interrupt
            assert len(asked) == len(every)
    assert line > 300


class Together:
    """Scores pairs with 4 calls at a time; the calls in `failing`, counted from 0, fail once the others came back."""

    def __init__(self, failing: Sequence[int] = (), error: type[Exception] = ProviderError) -> None:
        limits = Limits(concurrency=4)
        self.info = ProviderInfo(plugin="together", model="m", kind="cross-encoder", limits=limits)
        self.clock, self.failing, self.error = Clock(), failing, error
        self.begun = 0
        self.delivered: list[tuple[int, int]] = []

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def apredict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        number, self.begun = self.begun, self.begun + 1
        await asyncio.sleep(0.01 if number in self.failing else 0)
        if number in self.failing:
            raise self.error("refused")
        self.delivered += [(int(a.split()[1]), int(b.split()[1])) for a, b in pairs]
        return PairPredictions(np.array([score(a, b) for a, b in pairs]), Usage(tokens=3 * len(pairs), requests=1))


@pytest.mark.parametrize("failing", [[0], [9], [8, 10], [55]])
def test_what_a_failed_step_delivered_is_not_predicted_again(failing: list[int], tmp_path: Path) -> None:
    first = Together(failing)
    with pytest.raises(ProviderError):
        predict(first, Checkpoint(tmp_path, "work"))
    assert len(first.delivered) % 32 != 0  # the others of the step came back
    second = Together([1])
    with pytest.raises(ProviderError):  # and once more, with a gap already there
        predict(second, Checkpoint(tmp_path, "work"))
    third = Together()
    done = predict(third, Checkpoint(tmp_path, "work"))
    asked = first.delivered + second.delivered + third.delivered
    assert sorted(asked) == sorted(EVERY)
    assert (done.done, done.resumed) == (len(EVERY), len(first.delivered + second.delivered))
    assert np.array_equal(done.best.indexes, brute_force())
    assert done.usage is not None
    assert done.usage.tokens == 3 * len(EVERY)


def test_symmetric_pair_counts_after_both_orders(tmp_path: Path) -> None:
    first, second = Together([2]), Together()
    for provider in (first, second):
        provider.info = ProviderInfo(
            plugin="together", model="m", kind="cross-encoder", limits=Limits(concurrency=4), symmetric=True
        )
    with pytest.raises(ProviderError):
        predict(first, Checkpoint(tmp_path, "work"))
    done = predict(second, Checkpoint(tmp_path, "work"))
    whole = Together()
    whole.info = first.info
    assert np.array_equal(done.best.indexes, predict(whole).best.indexes)
    both = set(first.delivered) & {(b, a) for a, b in first.delivered}
    assert done.resumed == len(both) // 2
    assert not both & set(second.delivered)


class KillError(Exception):
    pass


class Killed(Checkpoint):
    """A checkpoint of a process that is killed: once it is dead, nothing is saved or removed."""

    def __init__(self, folder: Path, key: str, is_dead: Callable[[], bool]) -> None:
        super().__init__(folder, key)
        self._is_dead = is_dead

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        if not self._is_dead():
            super().save(arrays)

    def remove(self) -> None:
        if not self._is_dead():
            super().remove()


def test_a_kill_in_the_first_seconds_costs_one_step(tmp_path: Path) -> None:
    first, second = Scores(Clock(), 3, KillError), Scores(Clock())
    with pytest.raises(KillError):
        predict(first, Killed(tmp_path, "work", lambda: len(first.calls) == 3))
    done = predict(second, Checkpoint(tmp_path, "work"))
    assert sorted(first.asked + second.asked) == sorted(EVERY)
    assert done.resumed == len(first.asked) == 24


def test_short_work_needs_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("embedmark.store.checkpoint.write_atomically", refuse)
    assert predict(Scores(Clock()), Checkpoint(tmp_path, "work")).done == len(EVERY)
    monkeypatch.setattr(module, "CHECKPOINT_NS", 200_000)
    with pytest.raises(StorageError):
        predict(Scores(Clock()), Checkpoint(tmp_path, "work"))


def test_another_list_of_pairs_is_other_work() -> None:
    lists = [CandidatePairs(np.array(c)) for c in ([[1, 2], [0, -1], [1, 0]], [[1, -1], [0, -1], [1, -1]])]
    same = CandidatePairs(np.array([[2, 1], [0, 2], [-1, -1]]))
    assert len({p.identity() for p in [*lists, AllPairs(3), AllPairs(4)]}) == 4
    assert same.identity() == lists[0].identity()


def test_a_kill_loses_nothing_that_the_journal_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_NS", 200_000)  # a state every 200 pairs, a journal in between
    clock = Clock()
    first = Scores(clock, 40, KillError)
    with pytest.raises(KillError):
        predict(first, Killed(tmp_path, "work", lambda: len(first.calls) == 40))
    with (tmp_path / "work.journal").open("ab") as journal:
        journal.write(b"\0" * 21)  # and the last record is torn
    second = Scores(clock)
    done = predict(second, Checkpoint(tmp_path, "work"))
    assert sorted(first.asked + second.asked) == sorted(EVERY)
    assert np.array_equal(done.best.indexes, brute_force())
    assert done.elapsed_ns == 1000 * len(EVERY)


def test_a_damaged_checkpoint_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "work.npz").write_bytes(b"PK\x03\x04 not a zip file")
    done = predict(Scores(Clock()), Checkpoint(tmp_path, "work"))
    assert (done.resumed, done.done) == (0, len(EVERY))


def test_nan_prediction_is_counted_and_not_a_neighbor() -> None:
    provider = Scores(Clock())
    predict_scores = provider.predict

    def with_gaps(pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        reply = predict_scores(pairs)
        reply.values[[a.endswith(" 3") or b.endswith(" 3") for a, b in pairs]] = np.nan
        return reply

    provider.predict = with_gaps  # type: ignore[method-assign]
    done = predict(provider)
    assert done.unscored == 29
    assert (done.best.indexes[3] == -1).all()
    assert not (done.best.indexes == 3).any()


def test_a_sample_has_the_lengths_of_the_dataset() -> None:
    data = dataset(400)
    texts = list(dict.fromkeys([*data.sentence1, *data.sentence2]))
    mean = np.mean([len(text) for text in texts])
    for n in (10, 40, 160):
        drawn = sample_texts(data, n, seed=5)
        assert len(set(drawn)) == n
        assert np.mean([len(text) for text in drawn]) == pytest.approx(mean, rel=0.03)
        assert drawn == sample_texts(data, n, seed=5) != sample_texts(data, n, seed=6)
    assert sorted(sample_texts(data, len(texts), 0)) == sorted(texts)


def test_sampling_takes_all_texts_as_often_as_they_fit() -> None:
    data = dataset(10)
    drawn = sample_texts(data, 50, 0, replace=True)
    counts = [drawn.count(text) for text in set(drawn)]
    assert (len(drawn), min(counts), max(counts)) == (50, 2, 3)
    with pytest.raises(ValueError, match="50 texts are wanted of 20"):
        sample_texts(data, 50, 0)
