"""Batches, order, both kinds, sync and async; and replies that are not what the interface promises."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark.api import Embeddings, Limits, PairPredictions, ProviderInfo, Usage
from embedmark.calls.caller import Caller
from embedmark.calls.kept import Keep
from embedmark.calls.order import longest_first
from embedmark.calls.replies import add_usage
from embedmark.calls.tokens import TokenCount, count_tokens
from embedmark.errors import BadResponseError


class Echo:
    """Embeds a text as its length and the code of its first character."""

    info = ProviderInfo(plugin="echo", model="echo", kind="bi-encoder")

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def load(self) -> None: ...

    def close(self) -> None: ...

    def vectors(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        self.batches.append(list(texts))
        return np.array([[len(t), ord(t[0]) if t else 0] for t in texts], dtype=np.float32)


class Sync(Echo):
    def encode(self, texts: Sequence[str]) -> Embeddings:
        return Embeddings(self.vectors(texts), Usage(tokens=len(texts)))


class Async(Echo):
    info = ProviderInfo(plugin="a", model="a", kind="bi-encoder", limits=Limits(concurrency=3))
    under_way = most = 0

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.002 * (len(texts[0]) % 3))
        self.under_way -= 1
        return Embeddings(self.vectors(texts))


class Device(Sync):
    """Returns at once; only its barrier, a clock's second later, says that the work is done."""

    info = ProviderInfo(plugin="d", model="d", kind="bi-encoder", limits=Limits(inputs_per_request=2))
    now = waiting = 0

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self.waiting += 1_000_000_000
        return super().encode(texts)

    def sync(self) -> None:
        self.now, self.waiting = self.now + self.waiting, 0


class Cross(Echo):
    info = ProviderInfo(plugin="c", model="c", kind="cross-encoder")

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        return PairPredictions(np.array([len(a) - len(b) for a, b in pairs], dtype=np.float64))


def expected(texts: Sequence[str]) -> list[list[float]]:
    return [[len(t), ord(t[0]) if t else 0] for t in texts]


@given(st.lists(st.text(max_size=9), min_size=1, max_size=40), st.integers(1, 9))
def test_results_are_in_the_order_of_the_texts(texts: list[str], batch_size: int) -> None:
    provider = Sync()
    done = Caller(provider).run(texts, batch_size)
    assert done.values.tolist() == expected(texts)
    assert done.calls == -(-len(texts) // batch_size)
    assert done.usage == Usage(tokens=len(texts))
    sent = [text for batch in provider.batches for text in batch]
    assert sorted(sent) == sorted(texts)  # none lost, none doubled
    assert [len(t) for t in sent] == sorted((len(t) for t in texts), reverse=True)  # sorted across the whole pass


def test_async_providers_run_as_many_calls_as_they_allow() -> None:
    provider = Async()
    caller = Caller(provider)
    texts = [f"{i}" * (i % 7 + 1) for i in range(20)]
    assert caller.run(texts, 2).values.tolist() == expected(texts)
    assert provider.most == 3
    assert caller.values(caller.call(["ab"]), 1).tolist() == [[2, ord("a")]]
    caller.close()
    caller.close()


def test_an_async_failure_is_raised_as_it_is() -> None:
    class Failing(Async):
        async def aencode(self, texts: Sequence[str]) -> Embeddings:
            raise BadResponseError("broken")

    caller = Caller(Failing())
    with pytest.raises(BadResponseError, match="broken"):
        caller.run(["a", "b"], 1)
    caller.close()


def test_cross_encoders_predict_pairs() -> None:
    pairs = [("a", "bcd"), ("hello", "x"), ("", "")]
    assert Caller(Cross()).run(pairs, 2).values.tolist() == [-2, 4, 0]


def test_longest_first_keeps_the_order_of_ties() -> None:
    assert longest_first(["bb", "a", "cc", "dddd"]) == [3, 0, 2, 1]
    assert longest_first([("a", "b"), ("aaa", "")]) == [1, 0]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (np.zeros((2, 3), np.float32), "returned ndarray, not embedmark.api.Embeddings"),
        (Embeddings(np.zeros((1, 3), np.float32)), "1 vectors for 2 texts"),
        (Embeddings(np.zeros((2, 3))), "a float64 array"),  # type: ignore[arg-type]
        (Embeddings(np.zeros(2, np.float32)), "of shape"),
        (Embeddings([[1.0], [2.0]]), "a list"),  # type: ignore[arg-type]
        (None, "NoneType"),
    ],
)
def test_wrong_embeddings_are_refused(reply: Any, words: str) -> None:
    class Wrong(Echo):
        def encode(self, texts: Sequence[str]) -> Any:
            return reply

    with pytest.raises(BadResponseError, match=words):
        Caller(Wrong()).run(["a", "b"], 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((2, 1)), "of shape"),
        (np.zeros(3), "3 values for 2 pairs"),
        (np.zeros(2, np.int64), "int64"),
    ],
)
def test_wrong_predictions_are_refused(values: Any, words: str) -> None:
    class Wrong(Cross):
        def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
            return PairPredictions(values)

    with pytest.raises(BadResponseError, match=words):
        Caller(Wrong()).run([("a", "b"), ("c", "d")], 2)


@pytest.mark.parametrize(
    ("vectors", "hint"),
    [
        (np.zeros((2, 3), np.float16), "vectors.astype(np.float32)"),
        (np.zeros(3, np.float32), "one row a text"),
        ([[1.0], [2.0]], "np.array(list(vectors), dtype=np.float32)"),
        (np.zeros((2, 0), np.float32), "one row of numbers"),
    ],
)
def test_wrong_vectors_are_told_what_to_write(vectors: Any, hint: str) -> None:
    class Wrong(Echo):
        def encode(self, texts: Sequence[str]) -> Any:
            return Embeddings(vectors)

    with pytest.raises(BadResponseError) as caught:
        Caller(Wrong()).run(["a", "b"], 2)

    assert hint in str(caught.value.hint)


def test_a_reply_of_another_dimension_costs_its_items_only() -> None:
    class Once(Echo):
        def encode(self, texts: Sequence[str]) -> Embeddings:
            return Embeddings(np.ones((len(texts), 2 if texts[0] == "bb" else 3), np.float32))

    caller = Caller(Once())
    keep = Keep([b"a", b"b", b"c"], "job")
    caller.send(caller.prepare(["aaa", "bb", "c"], 1), keep=keep)

    assert [one.batch.items[0] for one in keep.done] == ["aaa", "c"]
    assert [list(lost.indexes) for lost in keep.lost] == [[1]]


def test_vectors_of_changing_dimension_are_refused() -> None:
    class Changing(Echo):
        def encode(self, texts: Sequence[str]) -> Embeddings:
            return Embeddings(np.zeros((len(texts), len(texts[0])), np.float32))

    with pytest.raises(BadResponseError, match=r"different dimensions: \[1, 2\]"):
        Caller(Changing()).run(["aa", "b"], 1)


def test_usage_that_one_call_does_not_know_is_unknown() -> None:
    assert add_usage([Usage(tokens=1), Usage()]).tokens is None
    assert add_usage([Usage(tokens=1, requests=1), Usage(tokens=2, requests=1)]) == Usage(tokens=3, requests=2)


def test_tokens_after_the_limit_are_counted_as_lost() -> None:
    class Counting(Sync):
        info = ProviderInfo(plugin="e", model="e", kind="bi-encoder", max_tokens=3)

        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len(t) for t in texts]

    assert count_tokens(Counting(), ["ab", "abcde", "abcd"]) == TokenCount(8, 2, 3)
    assert count_tokens(Sync(), ["ab"]) is None


class Symmetric(Cross):
    info = ProviderInfo(plugin="c", model="c", kind="cross-encoder", symmetric=True)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        self.batches.append(list(pairs))  # type: ignore[arg-type]
        return PairPredictions(np.array([2 * len(a) + len(b) for a, b in pairs], dtype=np.float64), Usage(tokens=3))


def test_symmetric_cross_encoder_averages_both_orders() -> None:
    pairs = [("a", "bbb"), ("cc", "d"), ("eeeee", "f")]
    provider = Symmetric()
    caller = Caller(provider)
    done = caller.run(pairs, 4)
    assert done.values.tolist() == [1.5 * (len(a) + len(b)) for a, b in pairs]
    assert sorted(pair for batch in provider.batches for pair in batch) == sorted([*pairs, *((b, a) for a, b in pairs)])
    assert (done.calls, done.usage.tokens) == (2, 6)
    assert caller.values(caller.call(pairs[:1]), 1).tolist() == [6.0]
    with pytest.raises(BadResponseError, match="2 values for 4 pairs"):
        caller.values(caller.call(pairs[:1]), 2)


def test_without_averaging_every_pair_keeps_its_own_order() -> None:
    done = Caller(Symmetric()).run([("a", "bbb"), ("bbb", "a")], 8, average=False)
    assert done.values.tolist() == [5.0, 7.0]


class Picture:
    """Neither a text nor a pair: what the harness takes for an image, without a length or a truth value."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __bool__(self) -> bool:
        raise TypeError("an image has no truth value")


class Seeing(Sync):
    def encode_images(self, images: Sequence[Picture]) -> Embeddings:
        self.batches.append([str(image.value) for image in images])
        return Embeddings(np.array([[image.value, 0] for image in images], dtype=np.float32))


class SeeingFar(Async):
    info = ProviderInfo(
        plugin="f", model="f", kind="bi-encoder", modalities=("text", "image"),
        limits=Limits(concurrency=2, inputs_per_request=2, tokens_per_input=5, empty_text=False, empty="skip"),
    )  # fmt: skip
    encode_images = Seeing.encode_images


@pytest.mark.parametrize("provider", [Seeing(), SeeingFar()])
def test_images_go_to_encode_images_in_order(provider: Echo) -> None:
    caller = Caller(provider)
    pictures = [Picture(i) for i in range(5)]
    assert caller.run(pictures, 3).values[:, 0].tolist() == [0, 1, 2, 3, 4]
    sizes = [len(batch) for batch in provider.batches]
    assert sizes == ([3, 2] if isinstance(provider, Seeing) else [2, 2, 1])
    assert caller.values(caller.call(pictures[3:4]), 1)[0, 0] == 3
    assert caller.run(["ab", "c"], 3).values.tolist() == [[2, 97], [1, 99]]
    caller.close()


def test_pair_with_empty_text_is_not_sent_under_the_skip_policy() -> None:
    class Choosy(Cross):
        info = ProviderInfo(plugin="c", model="c", kind="cross-encoder", limits=Limits(empty_text=False, empty="skip"))

    caller = Caller(Choosy())
    done = caller.run([("ab", "c"), ("", "c"), ("abc", "")], 8)
    assert (done.values[0], done.empty) == (1, 2)
    assert np.isnan(done.values[1:]).all()
    caller.close()


def test_a_service_time_ends_with_the_devices_barrier() -> None:
    device = Device()
    caller = Caller(device, now_ns=lambda: device.now)
    assert caller.call(["a"]).service_ns == 1_000_000_000
    caller.close()


def test_failing_close_still_closes_provider_and_event_loop() -> None:
    class Rude(Async):
        closed = 0

        async def aclose(self) -> None:
            raise RuntimeError("cannot say goodbye")

        def close(self) -> None:
            self.closed += 1

    provider = Rude()
    caller = Caller(provider)
    caller.run(["a"], 1)
    with pytest.raises(RuntimeError, match="cannot say goodbye"):
        caller.close()
    assert provider.closed == 1
    assert caller._adapter._loop is None
    caller.close()
    assert provider.closed == 2
