"""Over a network: retries, splits, deadline, budget, empty texts, pacing, and what the ledger says of all that."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo, RateState, Usage
from embedmark.api.items import token_bound
from embedmark.calls.budget import Budget
from embedmark.calls.caller import Caller
from embedmark.calls.pack import pack
from embedmark.errors import (
    BadResponseError,
    BudgetError,
    EmbedmarkError,
    LimitExceededError,
    NotAvailableError,
    ProviderError,
    ProviderTimeoutError,
    QuotaError,
    RateLimitError,
)

Script = Callable[[int, Sequence[str]], Exception | float | None]


class Remote:
    """Vectors are lengths; each call first does what the script says for its number: raise, or sleep."""

    def __init__(self, script: Script = lambda _n, _texts: None, **limits: Any) -> None:
        self.info = ProviderInfo(plugin="r", model="r", kind="bi-encoder", dim=1, limits=Limits(**limits))
        self.script, self.calls, self.under_way, self.most = script, [], 0, 0  # type: ignore[var-annotated]

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(list(texts))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            what = self.script(len(self.calls), texts)
            if isinstance(what, BaseException):
                await asyncio.sleep(0.01)
                raise what
            await asyncio.sleep(what or 0)
        finally:
            self.under_way -= 1
        vectors = np.array([[len(t)] for t in texts], dtype=np.float32)
        return Embeddings(vectors, Usage(tokens=sum(map(len, texts)), requests=1))


def once(error: Exception) -> Script:
    return lambda n, _texts: error if n == 1 else None


@pytest.fixture
def caller(quick: None) -> Iterator[Callable[..., Caller]]:
    made: list[Caller] = []

    def make(script: Script = lambda _n, _t: None, *, budget: Budget | None = None, usd: float | None = None,
             **limits: Any) -> Caller:  # fmt: skip
        made.append(Caller(Remote(script, **limits), budget=budget, usd_per_1m_tokens=usd))
        return made[-1]

    yield make
    for one in made:
        one.close()


def calls(caller: Caller) -> list[list[str]]:
    assert isinstance(caller.provider, Remote)
    return caller.provider.calls


def test_retryable_request_is_resent_and_its_failure_kept(caller: Callable[..., Caller]) -> None:
    c = caller(once(NotAvailableError("gone", retryable=True, may_be_billed=True)))
    done = c.run(["ab", "c"], 8)
    assert (done.values.tolist(), done.retries, done.usage.requests) == ([[2], [1]], 1, 1)
    assert (c.ledger.requests, c.ledger.delivered, c.ledger.retries, c.ledger.tokens) == (2, 1, 1, 3)
    assert c.ledger.tokens_unconfirmed == token_bound("ab") + token_bound("c") == 7
    [failed] = c.ledger.take_attempts()
    assert (failed.status, failed.error_type, failed.tokens, failed.n_items) == (
        "failed-attempt",
        "NotAvailableError",
        7,
        2,
    )
    assert c.ledger.take_attempts() == []


def test_a_bad_reply_is_asked_for_twice_more(caller: Callable[..., Caller]) -> None:
    c = caller(lambda _n, _t: BadResponseError("NaN"))

    with pytest.raises(BadResponseError):
        c.run(["a"], 1)

    assert len(calls(c)) == 3
    assert c.ledger.tokens_unconfirmed == 9


@pytest.mark.parametrize("error", [QuotaError("no credit"), ProviderError("400")])
def test_what_is_terminal_is_sent_once(caller: Callable[..., Caller], error: Exception) -> None:
    c = caller(lambda _n, _t: error)
    with pytest.raises(type(error)):
        c.run(["a"], 1)
    assert len(calls(c)) == 1
    assert c.ledger.tokens_unconfirmed == (3 if isinstance(error, BadResponseError) else 0)


def test_attempts_end(caller: Callable[..., Caller]) -> None:
    c = caller(lambda _n, _t: RateLimitError("429"))
    with pytest.raises(RateLimitError):
        c.run(["a"], 1)
    assert (len(calls(c)), c.ledger.refused, c.ledger.tokens_unconfirmed) == (6, 6, 0)


def test_a_call_that_waited_tells_service_from_waiting(caller: Callable[..., Caller]) -> None:
    c = caller(lambda n, _t: RateLimitError("429", retry_after=0.3) if n == 1 else 0.05)
    reply = c.call(["a"])
    assert reply.service_ns is not None
    assert reply.throttled_ns is not None
    assert reply.throttled_ns >= 0.3e9 > reply.service_ns >= 0.05e9
    assert reply.retries == 1
    assert c.ledger.throttled_ns == reply.throttled_ns


def test_each_wait_is_told_with_its_cause(caller: Callable[..., Caller]) -> None:
    """A server that is down is no rate limit; a limit that the suite sets has no error."""
    errors: dict[int, Exception] = {1: NotAvailableError("503", retryable=True), 3: RateLimitError("429")}
    c = caller(lambda n, _t: errors.get(n), requests_per_minute=60_000)
    told: list[ProviderError | None] = []
    c.tell = lambda _wait_s, error: told.append(error)

    c.run(["a", "b"], 1)

    assert errors[1] in told
    assert errors[3] in told


def test_wait_for_a_limit_of_the_suite_is_told(caller: Callable[..., Caller]) -> None:
    c = caller(requests_per_minute=240)
    told: list[float] = []
    c.tell = lambda wait_s, _error: told.append(wait_s)

    c.run(["a", "b", "c"], 1)

    assert told
    assert max(told) <= 1


def test_a_wait_beyond_the_deadline_is_not_begun(caller: Callable[..., Caller]) -> None:
    c = caller(lambda _n, _t: RateLimitError("429", retry_after=60.0), deadline_s=5.0)
    with pytest.raises(RateLimitError):
        c.run(["a"], 1)
    assert len(calls(c)) == 1


def test_an_attempt_that_never_ends_is_given_up(caller: Callable[..., Caller]) -> None:
    c = caller(lambda n, _t: 30.0 if n == 1 else None, deadline_s=0.6)
    assert c.run(["abc"], 1).values.tolist() == [[3]]
    assert c.ledger.tokens_unconfirmed == 5
    always = caller(lambda _n, _t: 30.0, deadline_s=0.2)
    with pytest.raises(ProviderTimeoutError, match="deadline_s"):
        always.run(["abc"], 1)


def test_too_large_request_is_split_and_its_size_remembered(caller: Callable[..., Caller]) -> None:
    def at_most_three(_n: int, texts: Sequence[str]) -> Exception | None:
        return LimitExceededError("at most 3") if len(texts) > 3 else None

    c = caller(at_most_three)
    texts = ["x" * (i + 1) for i in range(20)]
    assert c.run(texts, 10).values.tolist() == [[i + 1] for i in range(20)]
    assert sorted(t for batch in calls(c) if len(batch) <= 3 for t in batch) == sorted(texts)
    assert [len(batch) for batch in calls(c) if len(batch) > 3] == [10, 5]  # asked once each, then known
    assert c.ledger.splits == 2
    with pytest.raises(LimitExceededError):
        caller(lambda _n, _t: LimitExceededError("one is too long")).run(["a", "b"], 2)


def test_requests_are_packed_by_count_and_by_tokens() -> None:
    items = list(enumerate(["x" * 8] * 7))  # 10 tokens each, at most
    by_count = [b.items for b in pack(iter(items), 100, Limits(inputs_per_request=3))]
    assert [len(b) for b in by_count] == [3, 3, 1]
    by_tokens = list(pack(iter(items), 100, Limits(tokens_per_request=25)))
    assert [(len(b.items), b.tokens) for b in by_tokens] == [(2, 20), (2, 20), (2, 20), (1, 10)]
    exact = pack(iter([(0, "가" * 100)]), 9, Limits(tokens_per_input=150), lambda texts: [100 for _ in texts])
    assert [b.tokens for b in exact] == [100]  # 302 by the bound, which alone would not do
    with pytest.raises(LimitExceededError, match="text 1 has 151 tokens"):
        list(pack(iter([(0, "가" * 100)]), 9, Limits(tokens_per_input=150), lambda texts: [151 for _ in texts]))


@pytest.mark.parametrize(
    ("policy", "rows", "sent"),
    [("skip", [[1], [np.nan], [2]], ["bb", "a"]), ("space", [[1], [1], [2]], ["bb", "a", " "])],
)
def test_the_empty_string_is_never_sent(
    caller: Callable[..., Caller], policy: str, rows: list[list[float]], sent: list[str]
) -> None:
    c = caller(empty_text=False, empty=policy)
    done = c.run(["a", "", "bb"], 8)
    np.testing.assert_array_equal(done.values, rows)
    assert (calls(c), done.empty) == ([sent], 1)


def test_empty_string_is_an_error_without_a_policy(caller: Callable[..., Caller]) -> None:
    c = caller(empty_text=False)
    with pytest.raises(LimitExceededError, match="1 of 2 texts are empty, the first at position 2") as caught:
        c.run(["a", ""], 8)
    assert "empty: skip" in str(caught.value)
    assert calls(c) == []
    assert caller(empty_text=False, empty="skip").run(["", ""], 8).values.shape == (2, 1)


def test_a_budget_is_never_exceeded_and_what_was_paid_is_kept(caller: Callable[..., Caller]) -> None:
    budget = Budget(max_requests=4)
    c = caller(budget=budget, concurrency=3)
    with pytest.raises(BudgetError, match="max-requests 4"):
        c.run(["abc"] * 10, 1)
    assert (len(calls(c)), c.ledger.delivered) == (4, 4)
    rows = c.ledger.take_attempts()
    assert [(a.status, a.tokens) for a in rows] == [("incomplete", 3)] * 4


def test_usd_are_reserved_by_the_bound_and_settled_by_usage(caller: Callable[..., Caller]) -> None:
    # "abc" is reserved at 5 tokens and billed at 3: at one USD a token, 14 USD are good for 4 of them (3+3+3+5).
    c = caller(budget=Budget(max_usd=14.0), usd=1e6)
    with pytest.raises(BudgetError, match="max-usd"):
        c.run(["abc"] * 10, 1)
    assert (len(calls(c)), c.budget.usd) == (4, pytest.approx(12.0))
    refused = caller(once(RateLimitError("429")), budget=Budget(max_usd=5.0), usd=1e6)
    refused.run(["abc"], 1)  # what was surely not billed is given back
    lost = caller(once(ProviderTimeoutError("late")), budget=Budget(max_usd=9.0), usd=1e6)
    with pytest.raises(BudgetError):
        lost.run(["abc"], 1)
    assert EmbedmarkError.exit_code != BudgetError.exit_code == 3


def test_seconds_stop_a_local_provider_as_well() -> None:
    class Local(Remote):
        aencode = None  # type: ignore[assignment]

        def encode(self, texts: Sequence[str]) -> Embeddings:
            return Embeddings(np.ones((len(texts), 1), np.float32))

    ticks = itertools.count()
    c = Caller(Local(), budget=Budget(max_seconds=3, now=lambda: float(next(ticks))))
    with pytest.raises(BudgetError, match="max-seconds"):
        c.run(["a"] * 10, 1)


def test_failure_stops_waiting_requests_but_not_running_ones(caller: Callable[..., Caller]) -> None:
    def script(n: int, _texts: Sequence[str]) -> Exception | float:
        return {5: QuotaError("no credit"), 6: RateLimitError("429", retry_after=20.0)}.get(n, 0.1)

    c = caller(script, concurrency=4)
    with pytest.raises(QuotaError):
        c.run([f"text {i}" for i in range(12)], 1)
    # One call, then two, then four under way, of which two are lost.
    assert (len(calls(c)), c.ledger.delivered) == (7, 5)


def test_a_sync_provider_that_asks_for_a_retry_gets_one(quick: None) -> None:
    class Sync(Remote):
        aencode = None  # type: ignore[assignment]
        tries = 0

        def encode(self, texts: Sequence[str]) -> Embeddings:
            self.tries += 1
            if self.tries == 2:
                raise RateLimitError("429")
            return Embeddings(np.array([[len(t)] for t in texts], np.float32), Usage(requests=1))

    c = Caller(Sync())
    assert c.run(["a", "bb", "ccc"], 1).values.tolist() == [[1], [2], [3]]
    c.close()


def test_streamed_values_are_ordered_and_not_far_ahead(caller: Callable[..., Caller]) -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for i in range(400):
            taken += 1
            yield "x" * (i + 1)

    c = caller(lambda n, _t: 0.05 if n == 1 else 0.001, concurrency=4)
    seen: list[float] = []
    for values in c.stream(texts(), 2):
        seen += values[:, 0].tolist()
        assert taken - len(seen) <= 2 * (4 * 4 + 4) + 2
    assert seen == [i + 1 for i in range(400)]


@pytest.mark.parametrize("limits", [{"requests_per_minute": 600}, {"tokens_per_minute": 600 * 5}])
def test_a_budget_per_minute_paces(caller: Callable[..., Caller], limits: dict[str, float]) -> None:
    c = caller(concurrency=8, **limits)
    done = c.run(["abc"] * 15, 1)  # ten a second, and a second's worth at once
    assert done.throttled_ns is not None
    assert done.throttled_ns > 0.3e9
    assert c.ledger.throttled_ns == done.throttled_ns


def test_headers_pace(caller: Callable[..., Caller]) -> None:
    left = 10

    class Telling(Remote):
        async def aencode(self, texts: Sequence[str]) -> Embeddings:
            nonlocal left
            left = max(0, left - 1)
            reply = await super().aencode(texts)
            reply.usage = Usage(tokens=1, requests=1, rate=RateState(10, left, (10 - left) * 0.05))
            return reply

    c = Caller(Telling(concurrency=4))
    done = c.run(["abc"] * 16, 1)
    c.close()
    assert done.throttled_ns is not None
    assert done.throttled_ns > 0.1e9


class Plain(Remote):
    """A sync provider with no limits of its own; its replies say how many requests and tokens they took."""

    aencode = None  # type: ignore[assignment]

    def __init__(self, tokens: int | None = None, requests: int = 0) -> None:
        super().__init__()
        self.usage = Usage(tokens=tokens, requests=requests)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(list(texts))
        return Embeddings(np.array([[len(t)] for t in texts], np.float32), self.usage)


def test_usd_bind_a_sync_provider_with_a_price() -> None:
    # A reply is billed 1 USD, and reserved at 5 millionths: the second is not sent.
    c = Caller(Plain(tokens=1_000_000), budget=Budget(max_usd=0.001), usd_per_1m_tokens=1.0)
    with pytest.raises(BudgetError, match="max-usd"):
        c.run(["abc"] * 10, 1)
    c.close()
    assert (len(calls(c)), c.budget.usd) == (1, pytest.approx(1.0))


@pytest.mark.parametrize("one_by_one", [False, True])
def test_requests_bind_a_sync_provider_that_says_it_sends_any(one_by_one: bool) -> None:
    c = Caller(Plain(tokens=2, requests=1), budget=Budget(max_requests=3))
    if one_by_one:
        c.call(["abc"])
        c.call(["abc"])
    with pytest.raises(BudgetError, match="max-requests 3"):
        c.run(["abc"] * 10, 1)
    c.close()
    assert (len(calls(c)), c.budget.requests, c.ledger.requests, c.ledger.delivered) == (3, 3, 3, 3)
    assert (c.ledger.tokens, c.ledger.bound) == (6, 15)


@pytest.mark.parametrize("one_by_one", [False, True])
def test_usd_cannot_be_held_for_requests_without_a_price(one_by_one: bool) -> None:
    c = Caller(Plain(tokens=2, requests=1), budget=Budget(max_usd=5.0))
    with pytest.raises(BudgetError, match="max-usd 5: r sends requests, and no price per token"):
        c.call(["abc"]) if one_by_one else c.run(["abc"] * 10, 1)
    assert len(calls(c)) == c.ledger.delivered == 1
    assert [(a.status, a.tokens) for a in c.ledger.take_attempts()] == [("incomplete", 2)]
    free = Caller(Plain(tokens=2, requests=1), budget=Budget(max_usd=5.0), usd_per_1m_tokens=0.0)
    assert free.run(["abc"] * 10, 1).calls == 10
    free.close()


def test_local_provider_is_called_directly_under_any_budget() -> None:
    c = Caller(Plain(tokens=3), budget=Budget(max_usd=0.0, max_requests=0))
    done = c.run(["abc"] * 10, 1)
    assert (done.calls, done.retries, c.ledger.requests) == (10, None, 0)


def test_delivered_half_of_a_split_keeps_its_row(caller: Callable[..., Caller]) -> None:
    def script(_n: int, texts: Sequence[str]) -> Exception | None:
        if len(texts) > 2:
            return LimitExceededError("at most 2")
        return QuotaError("no credit") if "e" in texts else None

    c = caller(script)
    with pytest.raises(QuotaError):
        c.run(["a", "b", "c", "d", "e"], 5)
    rows = c.ledger.take_attempts()
    assert sum(a.tokens or 0 for a in rows if a.status == "incomplete") == c.ledger.tokens == 3
    assert sum(a.status == "incomplete" for a in rows) == c.ledger.delivered == 2
    assert len(rows) == c.ledger.requests
    single = caller(script)
    with pytest.raises(LimitExceededError, match="does not take 4 items in one call"):
        single.call(["a", "b", "c", "d"])
    assert sum(a.status == "incomplete" for a in single.ledger.take_attempts()) == single.ledger.delivered == 2


@pytest.mark.usefixtures("interruptible")
def test_values_delivered_before_an_interrupt_have_rows() -> None:
    class Interrupted(Remote):
        async def aencode(self, texts: Sequence[str]) -> Embeddings:
            reply = await super().aencode(texts)
            if len(self.calls) == 4:  # this one is delivered, and nobody has taken it yet when the signal comes
                asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            return reply

    c = Caller(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        c.run(["abc"] * 20, 1)
    c.close()
    assert [(a.status, a.tokens) for a in c.ledger.take_attempts()] == [("incomplete", 3)] * 4
    assert (c.ledger.requests, c.ledger.delivered) == (4, 4)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_skipped_empty_text_of_a_stream_is_a_nan_row(caller: Callable[..., Caller], batch_size: int) -> None:
    c = caller(lambda n, _t: 0.03 if n == 1 else None, concurrency=3, empty_text=False, empty="skip")
    texts = ["", "", "bb", "", "a", "ccc", "", "", "dd", ""]
    rows = [row for values in c.stream(texts, batch_size) for row in values[:, 0].tolist()]
    np.testing.assert_array_equal(rows, [len(t) or np.nan for t in texts])
    assert all(text for batch in calls(c) for text in batch)
    nothing = list(caller(empty_text=False, empty="skip").stream(["", ""], 2))
    assert [values.shape for values in nothing] == [(1, 1), (1, 1)]
    assert np.isnan(nothing).all()


def test_refused_empty_text_of_a_stream_names_its_place(caller: Callable[..., Caller]) -> None:
    c = caller(empty_text=False)
    with pytest.raises(LimitExceededError, match="the text at position 4 is empty"):
        list(c.stream(["a", "b", "c", "", "d"], 2))


def test_a_call_of_an_empty_text_is_refused_where_it_is_skipped(caller: Callable[..., Caller]) -> None:
    c = caller(empty_text=False, empty="skip")
    with pytest.raises(LimitExceededError, match="an empty text is skipped"):
        c.call([""])
    assert calls(c) == []


def test_a_leaked_cancellation_is_a_failure(caller: Callable[..., Caller]) -> None:
    """A provider that raises CancelledError of its own loses no batch in silence."""
    c = caller(lambda n, _t: asyncio.CancelledError() if n == 2 else None)  # type: ignore[arg-type,return-value]

    with pytest.raises(ProviderError, match="CancelledError"):
        c.run(["a", "b", "c"], 1)
