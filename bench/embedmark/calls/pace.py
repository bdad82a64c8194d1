"""When the next request may be sent: the account's budget per minute, rate-limit headers, or what refusals teach."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from aiolimiter import AsyncLimiter

from embedmark.api import Limits, RateState

# After a refusal the rate falls to this share of what was just delivered, and then rises by so much of it a second.
_DECREASE = 0.9
_INCREASE_PER_S = 0.02
# The delivered rate is that of the last so many replies.
_WINDOW = 32


@dataclass(slots=True)
class Bucket:
    """A server's token bucket as its headers describe it: what is left, and how fast it fills."""

    level: float
    limit: float
    per_s: float
    at: float

    def wait_s(self, need: float, now: float) -> float:
        """Seconds until `need` is there. A need above the whole bucket waits for a full one."""
        level = min(self.limit, self.level + self.per_s * (now - self.at))
        missing = min(need, self.limit) - level
        if missing <= 0:
            return 0.0
        return missing / self.per_s if self.per_s > 0 else 1.0

    def take(self, need: float, now: float) -> None:
        self.level = min(self.limit, self.level + self.per_s * (now - self.at)) - need
        self.at = now

    def told(self, limit: float, remaining: float, reset_s: float | None, flying: float, now: float) -> None:
        """Correct the picture by a reply: `flying` is what is under way and not yet counted in `remaining`."""
        self.limit, self.level, self.at = limit, remaining - flying, now
        if reset_s and remaining < limit:
            self.per_s = (limit - remaining) / reset_s


class Pacer:
    """Holds requests back, first come, first served. One event loop only.

    A budget per minute that the user names is kept by aiolimiter, in slices of a second, so that the first minute
    holds no burst of two. Otherwise the server's headers decide; where it sends none, a refusal (429) lowers the rate
    to 0.9 of what was just delivered, and every second without one raises it by 2 % (additive increase,
    multiplicative decrease: Chiu and Jain 1989).
    """

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._now = now
        self._requests = _limiter(limits.requests_per_minute)
        self._tokens = _limiter(limits.tokens_per_minute)
        self._line = asyncio.Lock()
        self._buckets: dict[str, Bucket] = {}
        self._flying_requests = 0
        self._flying_tokens = 0.0
        self._share = 1.0  # tokens billed for a token of the upper bound, as observed
        self._paused_until = 0.0
        self._rate: float | None = None  # requests a second, after the first refusal
        self._rate_at = self._increase = self._next_at = 0.0
        self._delivered: deque[float] = deque(maxlen=_WINDOW)

    async def acquire(self, bound: int) -> None:
        """Wait until a request of at most `bound` tokens may be sent. To be followed by delivered() or refused()."""
        tokens = bound * self._share
        if self._requests or self._tokens or self._buckets or self._rate or self._paused_until:
            async with self._line:
                await self._take(tokens)
        for name, need in (("requests", 1.0), ("tokens", tokens)):
            if name in self._buckets:
                self._buckets[name].take(need, self._now())
        self._flying_requests += 1
        self._flying_tokens += tokens

    async def _take(self, tokens: float) -> None:
        if self._requests:
            await self._requests.acquire()
        left = tokens if self._tokens else 0.0
        while self._tokens and left > 0:
            part = min(left, self._tokens.max_rate)
            await self._tokens.acquire(part)
            left -= part
        while (wait := self._wait_s(tokens)) > 0:
            await asyncio.sleep(wait)
        if self._rate:
            self._next_at = max(self._next_at, self._now()) + 1 / self._allowed(self._rate)

    def _wait_s(self, tokens: float) -> float:
        now = self._now()
        needs = {"requests": 1.0, "tokens": tokens}
        waits = [bucket.wait_s(needs[name], now) for name, bucket in self._buckets.items()]
        if self._rate:
            waits.append(self._next_at - now)
        return max(0.0, self._paused_until - now, *waits)

    def _allowed(self, rate: float) -> float:
        return rate + self._increase * (self._now() - self._rate_at)

    def done(self, bound: int) -> None:
        """A request of this bound is no longer under way."""
        self._flying_requests -= 1
        self._flying_tokens = max(0.0, self._flying_tokens - bound * self._share)

    def delivered(self, bound: int, tokens: int | None, rate: RateState | None) -> None:
        """A reply came, with its usage and what the server says of its limits."""
        self._delivered.append(self._now())
        if tokens and bound:
            # Slowly downwards and at once upwards: a bound that was too low is refused, one too high only waits.
            share = min(1.0, 1.05 * tokens / bound)
            self._share = max(share, 0.9 * self._share + 0.1 * share)
        if rate is not None:
            self._told("requests", rate.limit_requests, rate.remaining_requests, rate.reset_requests_s)
            self._told("tokens", rate.limit_tokens, rate.remaining_tokens, rate.reset_tokens_s)

    def refused(self, retry_after: float | None) -> None:
        """The server answered 429: wait as it says; where nothing else tells the rate, lower it."""
        now = self._now()
        self._paused_until = max(self._paused_until, now + (retry_after or 0.0))
        if self._buckets or self._requests or self._tokens:
            return
        # Refusals of requests that were under way together are one event.
        if self._rate is not None and now - self._rate_at < 1.0:
            return
        recent = self._delivered
        if len(recent) < 2:
            return  # nothing is known of a rate that would do; the waits between attempts must do
        seen = len(recent) / max(0.001, now - recent[0])
        current = self._allowed(self._rate) if self._rate else seen
        self._rate = max(0.1, _DECREASE * min(seen, current))
        self._increase = _INCREASE_PER_S * self._rate
        self._rate_at = now
        self._delivered.clear()

    def _told(self, name: str, limit: int | None, remaining: int | None, reset_s: float | None) -> None:
        if limit is None or remaining is None or limit <= 0:
            return
        now = self._now()
        bucket = self._buckets.setdefault(name, Bucket(float(limit), float(limit), limit / 60, now))
        flying = self._flying_requests if name == "requests" else self._flying_tokens
        bucket.told(limit, remaining, reset_s, flying, now)


def _limiter(per_minute: float | None) -> AsyncLimiter | None:
    if per_minute is None:
        return None
    return AsyncLimiter(per_minute / 60, 1.0) if per_minute >= 60 else AsyncLimiter(1, 60 / per_minute)
