"""The rate that a server allows without telling it, on a clock that jumps: what is used of it, and what is refused."""

from __future__ import annotations

import asyncio
import itertools
import random
import selectors
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, Limits, RateState, Usage
from embedmark.calls import retry
from embedmark.calls.budget import Budget
from embedmark.calls.dispatch import Dispatcher
from embedmark.calls.kept import Terms
from embedmark.calls.learned import LearnedRate
from embedmark.calls.ledger import Ledger
from embedmark.calls.pace import Pacer
from embedmark.calls.pack import pack
from embedmark.errors import RateLimitError

NET_S = 0.002  # each way


class Jumping(selectors.DefaultSelector):
    """Nothing to wait for but time, which therefore passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "everybody waits, and nobody for time"
        self.now += max(timeout, 1e-6) if timeout else 0.0
        return []


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def play(world: Callable[[Loop], Coroutine[Any, Any, None]]) -> None:
    random.seed(1)  # the waits between attempts
    loop = Loop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(world(loop))


@dataclass
class Server:
    """`per_s` requests a second from a bucket that holds `burst_s` seconds of them; or whatever `allows` allows.

    A refusal asks for a pause of `retry_after` seconds; 0: until there is one again; None: does not say.
    """

    per_s: float
    burst_s: float
    service_s: float
    retry_after: float | None = None
    allows: Callable[[Server, float], bool] | None = None
    under_way: int = 0
    log: list[tuple[float, bool]] = field(default_factory=list)
    level: float | None = None
    at: float = 0.0

    def take(self, now: float) -> bool:
        most = self.per_s * self.burst_s
        self.level = min(most, self.level + self.per_s * (now - self.at)) if self.level is not None else most
        self.at = now
        if self.level < 1 - 1e-9:
            return False
        self.level -= 1
        return True

    async def answer(self, now: Callable[[], float]) -> None:
        await asyncio.sleep(NET_S)
        accepted = self.allows(self, now()) if self.allows else self.take(now())
        self.log.append((now(), accepted))
        if not accepted:
            after = self.retry_after
            if after == 0:
                after = (1 - (self.level or 0)) / self.per_s
            await asyncio.sleep(NET_S)
            raise RateLimitError("429", retry_after=after)
        self.under_way += 1
        await asyncio.sleep(self.service_s + NET_S)
        self.under_way -= 1

    def share(self, since: float, until: float) -> tuple[float, float]:
        """Accepted requests as a share of what is allowed, and refused ones as a share of all."""
        within = [accepted for at, accepted in self.log if since <= at < until]
        return sum(within) / (self.per_s * (until - since)), 1 - sum(within) / len(within)


def flood(server: Server, concurrency: int, seconds: float) -> Server:
    """So many callers send one request after another, through one pacer, and come back as calls/retry.py says."""

    async def world(loop: Loop) -> None:
        pacer = Pacer(Limits(), loop.time)

        async def caller() -> None:
            attempt = 0
            while loop.time() < seconds:
                ticket = await pacer.acquire(1)
                try:
                    await server.answer(loop.time)
                    attempt = 0
                    pacer.delivered(ticket, None, None)
                except RateLimitError as error:
                    attempt += 1
                    pacer.refused(ticket, error.retry_after)
                    after = error.retry_after
                    await asyncio.sleep(retry.backoff_s(attempt) if after is None else after + 0.2 * random.random())
                finally:
                    pacer.done()

        await asyncio.gather(*(caller() for _ in range(concurrency)))

    play(world)
    return server


# Requests a second, seconds of them at once, seconds a request, callers, Retry-After; steady from, to.
GRID = [
    (1, 1, 0.01, 4, None, 150, 450),
    (1, 1, 1.0, 64, 0, 150, 450),
    (1, 10, 1.0, 16, 1.0, 150, 450),
    (1, 60, 0.1, 64, None, 150, 450),
    (10, 1, 0.1, 4, None, 60, 180),
    (10, 1, 1.0, 64, None, 60, 180),
    (10, 10, 0.01, 64, 1.0, 60, 180),
    (10, 60, 0.1, 16, 0, 60, 180),
    (50, 1, 0.01, 64, 1.0, 30, 70),
    (50, 10, 0.05, 4, None, 30, 70),
    (50, 60, 0.1, 16, None, 30, 70),
    (200, 1, 0.1, 64, None, 10, 25),
    (200, 10, 0.01, 16, 0, 10, 25),
]


@pytest.mark.parametrize(("per_s", "burst_s", "service_s", "callers", "retry_after", "since", "until"), GRID)
def test_the_allowed_rate_is_found_used_and_kept(
    per_s: float, burst_s: float, service_s: float, callers: int, retry_after: float | None, since: float, until: float
) -> None:
    server = flood(Server(per_s, burst_s, service_s, retry_after), callers, until)
    used, refused = server.share(since, until)
    assert used >= 0.9
    assert refused < 0.02
    assert server.share(0, until)[0] >= 0.9
    # Before the first refusal nobody knows of a limit. All callers at once would be 64 refusals; some find the rate.
    assert sum(not accepted for _, accepted in server.log) < 25 + 0.02 * len(server.log)


def under_way(service_s: float, until: float) -> list[tuple[float, int]]:
    """When each request was sent, and how many there were then, of 64 callers at a server without a limit."""
    seen: list[tuple[float, int]] = []

    async def world(loop: Loop) -> None:
        pacer, now = Pacer(Limits(), loop.time), [0]

        async def caller() -> None:
            while loop.time() < until:
                await pacer.acquire(1)
                now[0] += 1
                seen.append((loop.time(), now[0]))
                await asyncio.sleep(service_s)
                now[0] -= 1
                pacer.done()

        await asyncio.gather(*(caller() for _ in range(64)))

    play(world)
    return seen


def test_requests_at_once_start_at_one_and_double_with_replies() -> None:
    seen = under_way(0.1, 1.0)
    most = [max(n for at, n in seen if at < 0.05 + 0.1 * i) for i in range(8)]
    assert most == [1, 2, 4, 8, 16, 32, 64, 64]


def test_a_slow_server_is_not_waited_for_forever() -> None:
    seen = under_way(100.0, 8.0)
    most = [max(n for at, n in seen if at < i + 0.5) for i in range(8)]
    assert most == [1, 2, 4, 8, 16, 32, 64, 64]


def test_a_limit_that_falls_or_rises_is_followed() -> None:
    def changing(server: Server, now: float) -> bool:
        server.per_s = 5.0 if 60 <= now < 180 else 20.0
        return server.take(now)

    server = flood(Server(20, 1, 0.05, allows=changing), 8, 420)
    server.per_s = 5.0
    used, refused = server.share(90, 180)
    assert (used >= 0.9, refused < 0.02) == (True, True)
    server.per_s = 20.0
    used, refused = server.share(360, 420)
    assert (used >= 0.9, refused < 0.02) == (True, True)


def test_refusals_unrelated_to_the_rate_do_not_lower_it() -> None:
    dice = random.Random(2)
    one_in_50 = flood(Server(80, 1, 0.05, allows=lambda _server, _now: dice.random() >= 0.02), 4, 90)
    assert one_in_50.share(30, 90)[0] >= 0.3  # of what four callers can do
    four_at_once = flood(Server(20, 1, 0.2, allows=lambda server, _now: server.under_way < 4), 16, 180)
    used, refused = four_at_once.share(120, 180)
    assert (used >= 0.9, refused < 0.02) == (True, True)


def test_random_refusal_delays_only_its_own_call() -> None:
    """Every seventh request is refused with Retry-After: 1; four callers wait a second each, and not all for each."""
    asked = itertools.count(1)
    server = flood(Server(80, 1, 0.02, retry_after=1.0, allows=lambda _s, _n: next(asked) % 7 != 0), 4, 15)

    accepted = [at for at, good in server.log if good]

    assert accepted[112] < 15.0


def test_a_pause_that_the_server_asks_for_is_kept() -> None:
    server = flood(Server(10, 1, 0.05, retry_after=5.0), 8, 120)
    times = [at for at, _ in server.log]
    for at, accepted in server.log:
        if not accepted:
            assert not [other for other in times if at + 3 * NET_S < other < at + 5.0]


def test_no_rate_is_learned_if_headers_or_the_user_give_it() -> None:
    async def world(loop: Loop) -> None:
        for limits, rate in (
            (Limits(), RateState(10, 9, 1.0)),
            (Limits(requests_per_minute=600.0), None),
            (Limits(tokens_per_minute=600.0), None),
        ):
            pacer = Pacer(limits, loop.time)
            pacer.delivered(await pacer.acquire(1), 1, rate)
            pacer.done()
            pacer.refused(await pacer.acquire(1), None)
            assert not pacer._learned.known

    play(world)


def test_no_call_is_given_up_at_a_server_that_allows_little() -> None:
    server = Server(1, 1, 0.01)

    async def world(loop: Loop) -> None:
        async def send(texts: Sequence[str]) -> tuple[Embeddings, None]:
            await server.answer(loop.time)
            return Embeddings(np.zeros((len(texts), 1), np.float32), Usage(tokens=len(texts), requests=1)), None

        limits, ledger = Limits(concurrency=16), Ledger()
        dispatcher = Dispatcher(
            send, lambda _reply, _n: None, limits, ledger, Budget(), terms=Terms(),
            now_ns=lambda: round(loop.time() * 1e9),
        )  # fmt: skip
        batches = pack(iter(list(enumerate(["text"] * 200))), 1, limits)
        assert len([done async for done in dispatcher.stream(batches)]) == 200
        assert loop.time() < 200 / 0.9

    play(world)


def refused_at(rate: LearnedRate, number: int, at: float, now: float) -> float:
    rate.refused(number, at, now, 0.0)
    return rate.per_s()


def test_simultaneous_refusals_count_once() -> None:
    rate = LearnedRate()
    for _ in range(40):
        rate.sent(1.0)
    lowered = refused_at(rate, 21, 1.0, 1.1)
    assert [refused_at(rate, number, 1.0, 1.2) for number in (40, 22, 39)] == [lowered] * 3
    rate.sent(1.2)
    assert refused_at(rate, 41, 1.2, 1.3) <= lowered / 2


def test_while_nothing_is_sent_the_rate_does_not_rise() -> None:
    rate = LearnedRate()
    rate.sent(0.0)
    lowered = refused_at(rate, 1, 0.0, 0.1)
    assert rate.wait_s(3600.0) < 0
    rate.sent(3600.0)
    assert rate.per_s() == pytest.approx(lowered, rel=0.01)
