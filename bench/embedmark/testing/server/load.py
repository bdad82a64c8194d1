"""How long the misbehaving server takes, and how much it allows: latency distributions and token buckets."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable

# Seconds that a request takes, by its number of texts.
Latency = Callable[[random.Random, int], float]


def fixed(seconds: float, each: float = 0.0) -> Latency:
    """Always the same, and `each` seconds more for every text."""
    return lambda _, n: seconds + each * n


def exponential(mean: float) -> Latency:
    """Without memory: the service time of an M/M/c queue."""
    return lambda rng, _: rng.expovariate(1 / mean)


def lognormal(median: float, sigma: float) -> Latency:
    """Return latencies with a long tail, as of real services: `sigma` is the standard deviation of the logarithm."""
    return lambda rng, _: rng.lognormvariate(math.log(median), sigma)


def with_stalls(base: Latency, share: float, seconds: float) -> Latency:
    """Return `base`, with `seconds` more for a `share` of the requests."""
    return lambda rng, n: base(rng, n) + (seconds if rng.random() < share else 0.0)


class TokenBucket:
    """`per_s` requests (or tokens) a second, and at most `burst` at once.

    Args:
        per_s: how fast it fills.
        burst: how much it holds; it begins full.
        headers: whether replies tell of it, as x-ratelimit-{limit,remaining,reset}-KIND.
        retry_after: whether a refusal says when to come back.
    """

    def __init__(self, per_s: float, burst: float, *, headers: bool = True, retry_after: bool = True) -> None:
        self.per_s, self.burst, self.headers, self.retry_after = per_s, burst, headers, retry_after
        self._level, self._at = burst, time.monotonic()

    def _fill(self) -> None:
        now = time.monotonic()
        self._level = min(self.burst, self._level + self.per_s * (now - self._at))
        self._at = now

    def take(self, amount: float) -> bool:
        """Take `amount` if it is there."""
        self._fill()
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def describe(self, kind: str, wanted: float = 0.0) -> dict[str, str]:
        """Headers of a reply; of a refusal, where `wanted` was not there."""
        self._fill()
        said: dict[str, str] = {}
        if self.headers:
            said[f"x-ratelimit-limit-{kind}"] = str(int(self.burst))
            said[f"x-ratelimit-remaining-{kind}"] = str(max(0, int(self._level)))
            said[f"x-ratelimit-reset-{kind}"] = f"{round((self.burst - self._level) / self.per_s * 1000)}ms"
        if wanted and self.retry_after:
            said["retry-after-ms"] = str(math.ceil((wanted - self._level) / self.per_s * 1000))
        return said
