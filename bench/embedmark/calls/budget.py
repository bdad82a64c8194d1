"""What a run may use at most: USD, requests, seconds. An upper bound is reserved before anything is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from embedmark.errors import BudgetError


class Budget:
    """One budget for all providers of a run. None: no such limit.

    The bound holds because what is reserved is never less than what is billed: a request is reserved at the upper
    bound of its tokens, corrected to its `usage` when the reply is there, and given back only if it was surely not
    billed.
    """

    def __init__(
        self,
        max_usd: float | None = None,
        max_requests: int | None = None,
        max_seconds: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_usd = max_usd
        self.max_requests = max_requests
        self.max_seconds = max_seconds
        self.usd = 0.0
        self.requests = 0
        self._now = now
        self._start = now()
        self._lock = threading.Lock()  # sync network providers are called in threads

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._start = self._now()

    def left_s(self) -> float | None:
        """Return the seconds that are left; None where they are not limited."""
        return None if self.max_seconds is None else max(0.0, self.max_seconds - (self._now() - self._start))

    def check_time(self) -> None:
        """Raises BudgetError once the seconds are spent."""
        spent = self._now() - self._start
        if self.max_seconds is not None and spent >= self.max_seconds:
            raise _stop(f"{spent:.1f} s have passed", f"--max-seconds {self.max_seconds:g}")

    def reserve(self, usd: float) -> None:
        """Take one request of at most `usd` out of the budget. Raises BudgetError, and then takes nothing."""
        self.check_time()
        with self._lock:
            if self.max_requests is not None and self.requests >= self.max_requests:
                raise _stop(f"{self.requests} requests were sent", f"--max-requests {self.max_requests}")
            if self.max_usd is not None and self.usd + usd > self.max_usd:
                raise _stop(
                    f"the next request could cost {usd:.6f} USD, and up to {self.usd:.6f} USD are spent",
                    f"--max-usd {self.max_usd:g}",
                )
            self.requests += 1
            self.usd += usd

    def charge(self, requests: int) -> None:
        """Count requests that a provider says it has sent, unasked: what comes after them is held to the budget."""
        with self._lock:
            self.requests += requests

    def settle(self, reserved_usd: float, usd: float) -> None:
        """Replace what a request had reserved by what it cost: 0.0 if it was surely not billed."""
        with self._lock:
            self.usd += usd - reserved_usd


def _stop(what: str, limit: str) -> BudgetError:
    return BudgetError(
        f"stopped by {limit}: {what}; everything measured so far is kept", hint="a larger budget, or a smaller suite"
    )
