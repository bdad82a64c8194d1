"""When the next request may be sent: the account's budget per minute, rate-limit headers, or what refusals teach."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from aiolimiter import AsyncLimiter

from embedmark.api import Limits, RateState
from embedmark.calls.chance import RefusalEvidence
from embedmark.calls.learned import LearnedRate
from embedmark.calls.retry import Tell, tell_nobody

# A budget per minute is spent in slices of this many seconds: servers quantise theirs, and refuse more at once.
_SLICE_S = 0.1
# The first request goes alone, so that its reply can tell the limits, and then as many are under way at most as replies
# have come, and one. Where replies take long, this doubles after so many seconds.
_ALONE_S = 1.0
# As many may be under way while it is open whether refusals have to do with the rate.
_UNDECIDED = 4
# A shorter wait may end before the clock has moved.
_SHORTEST_S = 1e-5


@dataclass(slots=True)
class Bucket:
    """A server's token bucket as its headers describe it: what is left, and how fast it fills."""

    level: float
    limit: float
    per_s: float
    at: float

    def wait_s(self, need: float, now: float) -> float:
        """Return seconds until `need` is there. A need above the whole bucket waits for a full one."""
        level = min(self.limit, self.level + self.per_s * (now - self.at))
        missing = min(need, self.limit) - level
        if missing <= 0:
            return 0.0
        return missing / self.per_s if self.per_s > 0 else 1.0

    def take(self, need: float, now: float) -> None:
        self.level = min(self.limit, self.level + self.per_s * (now - self.at)) - need
        self.at = now

    def told(
        self, limit: float, remaining: float, reset_s: float | None, later: float, since: float, now: float
    ) -> None:
        """Correct the picture by a reply.

        Args:
            limit, remaining, reset_s: what the server said when the request came in.
            later: what was sent after that request, and is not counted in `remaining`.
            since: when the server said it, as far as one can tell; the bucket has filled since then.
            now: the time.
        """
        if reset_s and remaining < limit:
            self.per_s = (limit - remaining) / reset_s
        self.limit, self.at = limit, now
        self.level = min(limit, remaining + self.per_s * (now - since)) - later


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one request: its bound, when it was given, and all that had been sent by then."""

    bound: int
    at: float
    requests: int
    tokens: float


# A wait is looked at again after so long.
_LONGEST_S = 3600.0


class Pacer:
    """Holds requests back, first come, first served. One event loop only.

    A budget per minute that the user names is kept by aiolimiter, in slices of 0.1 s, so that no
    burst is refused. Otherwise the server's headers decide; where it sends none, the rate is learned from what it
    refuses: it rises until a request is refused, and then falls by a share (additive increase and multiplicative
    decrease, Chiu and Jain 1989, with CUBIC's increase; see LearnedRate).
    """

    def __init__(self, limits: Limits, now: Callable[[], float], tell: Tell = tell_nobody) -> None:
        self._now = now
        self._tell = tell  # told of every wait before it begins
        self._requests = _limiter(limits.requests_per_minute)
        self._tokens = _limiter(limits.tokens_per_minute)
        self._line = asyncio.Lock()
        self._buckets: dict[str, Bucket] = {}
        self._sent_requests = 0
        self._sent_tokens = 0.0
        self._heard = 0  # of the requests whose replies told limits, the number of the latest
        self._share = 1.0  # tokens billed for a token of the upper bound, as observed
        self._paused_until = 0.0
        self._learned = LearnedRate()
        self._evidence = RefusalEvidence()
        self._claimed_until = 0.0  # when the server said that it takes requests again
        self._may_probe = False  # one request may be sent in a pause, to learn whether it is needed
        self._resumed = asyncio.Event()
        self._done_requests = 0
        self._moved = asyncio.Event()
        self._began: float | None = None  # on the event loop's clock

    async def acquire(self, bound: int) -> Ticket:
        """Wait until a request of at most `bound` tokens may be sent. To be followed by done()."""
        if self._too_many():
            await self._room()
        tokens = bound * self._share
        if self._requests or self._tokens or self._buckets or self._learned.known or self._paused_until:
            async with self._line:
                await self._take(tokens)
                if self._too_many():  # those that waited out a pause together
                    await self._room()
        for name, need in (("requests", 1.0), ("tokens", tokens)):
            if name in self._buckets:
                self._buckets[name].take(need, self._now())
        self._learned.sent(self._now())
        self._sent_requests += 1
        self._sent_tokens += tokens
        return Ticket(bound, self._now(), self._sent_requests, self._sent_tokens)

    def _too_many(self) -> bool:
        """Return True if a further request would be too much for a beginning: slow start, as TCP has it (RFC 5681).

        Otherwise all callers at once would be the first thing that a server sees, and all of them be refused.
        """
        under_way, done, doublings = self._sent_requests - self._done_requests, self._done_requests, self._doublings()
        if self._claimed_until and not self._evidence.decided and under_way >= _UNDECIDED:
            return True
        if self._told_otherwise() or self._learned.known:
            return done == 0 and under_way > 0 and doublings < 1
        return under_way > done and under_way >= 1 << int(doublings)

    def _doublings(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return min(30.0, (now - self._began) / _ALONE_S)

    async def _room(self) -> None:
        while self._too_many():
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), 0.001 + _ALONE_S * (1 - self._doublings() % 1))

    async def _take(self, tokens: float) -> None:
        if self._requests:
            await self._acquire(self._requests, 1)
        left = tokens if self._tokens else 0.0
        while self._tokens and left > 0:
            part = min(left, self._tokens.max_rate)
            await self._acquire(self._tokens, part)
            left -= part
        while (wait := self._wait_s(tokens)) > 0:
            self._resumed.clear()
            self._tell(wait, None)
            with contextlib.suppress(TimeoutError):
                # A server may name a time in the far future: it is looked at again, and --max-seconds ends the wait.
                await asyncio.wait_for(self._resumed.wait(), min(_LONGEST_S, max(_SHORTEST_S, wait)))

    async def _acquire(self, limiter: AsyncLimiter, amount: float) -> None:
        """Wait for what the suite's own limit allows; told is the longest time that it can take."""
        if not limiter.has_capacity(amount):
            self._tell(amount * limiter.time_period / limiter.max_rate, None)
        await limiter.acquire(amount)

    def _wait_s(self, tokens: float) -> float:
        now = self._now()
        needs = {"requests": 1.0, "tokens": tokens}
        waits = [bucket.wait_s(needs[name], now) for name, bucket in self._buckets.items()]
        if not self._told_otherwise():
            waits.append(self._learned.wait_s(now))
        if self._may_probe:
            self._may_probe = False
            return max(0.0, *waits, 0.0)
        return max(0.0, self._paused_until - now, *waits)

    def _told_otherwise(self) -> bool:
        return bool(self._buckets or self._requests or self._tokens)

    def done(self) -> None:
        """Note that a request is no longer open, whatever its result."""
        self._done_requests += 1
        self._moved.set()

    def delivered(self, ticket: Ticket, tokens: int | None, rate: RateState | None) -> None:
        """Note a reply, with its usage and what the server says about its limits."""
        if tokens and ticket.bound:
            # Slowly downwards and at once upwards: a bound that was too low is refused, one too high only waits.
            share = min(1.0, 1.05 * tokens / ticket.bound)
            self._share = max(share, 0.9 * self._share + 0.1 * share)
        if self._evidence.accepted(ticket.requests, early=ticket.at < self._claimed_until):
            self._resume()
        if rate is not None and ticket.requests > self._heard:
            self._heard = ticket.requests
            self._told("requests", rate.limit_requests, rate.remaining_requests, rate.reset_requests_s, ticket)
            self._told("tokens", rate.limit_tokens, rate.remaining_tokens, rate.reset_tokens_s, ticket)

    def refused(self, ticket: Ticket, retry_after: float | None) -> None:
        """Note a 429: wait as it says; if nothing else gives the rate, learn from it.

        A server that says when to come back, and refuses by chance, costs only the wait of the call itself.
        """
        now = self._now()
        if retry_after is not None and not self._told_otherwise():
            self._may_probe = self._evidence.refused(
                ticket.requests, self._sent_requests, early=ticket.at < self._claimed_until
            )
            self._claimed_until = max(self._claimed_until, now + retry_after)
            if self._evidence.by_chance:
                self._resume()
                return
        until = max(self._paused_until, now + (retry_after or 0.0))
        paused_s = until - max(self._paused_until, now)
        self._paused_until = until
        undecided = retry_after is not None and not self._evidence.decided
        if not self._told_otherwise() and not undecided:
            self._learned.refused(ticket.requests, ticket.at, now, paused_s)

    def _resume(self) -> None:
        """End a pause, and forget a rate, that a server contradicts by what it accepts."""
        self._paused_until = 0.0
        if self._evidence.by_chance and self._learned.known:
            self._learned = LearnedRate()
        self._resumed.set()

    def _told(self, name: str, limit: int | None, remaining: int | None, reset_s: float | None, ticket: Ticket) -> None:
        if limit is None or remaining is None or limit <= 0:
            return
        now = self._now()
        bucket = self._buckets.setdefault(name, Bucket(float(limit), float(limit), limit / 60, now))
        requests, tokens = self._sent_requests - ticket.requests, self._sent_tokens - ticket.tokens
        bucket.told(limit, remaining, reset_s, requests if name == "requests" else tokens, (ticket.at + now) / 2, now)


def _limiter(per_minute: float | None) -> AsyncLimiter | None:
    if per_minute is None:
        return None
    slice_ = max(1.0, per_minute * _SLICE_S / 60)
    return AsyncLimiter(slice_, slice_ / per_minute * 60)
