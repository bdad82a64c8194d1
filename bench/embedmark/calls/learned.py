"""The rate that a server allows without telling it, learned from what it refuses."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# How fast requests went before the first refusal is read off the last so many, over so many seconds at least. Too high
# a figure costs a few refusals more, too low a one minutes.
_RECENT, _LEAST_SPAN_S = 32, 0.05
# A refusal lowers the rate to this share at most, and no further than to the other share of what is proven.
_DECREASE, _PROVEN_SHARE = 0.95, 0.9
# So many accepted requests prove a rate (to 1 %), and so many refusals meanwhile say that the server has changed.
_ENOUGH, _MANY = 100, 8
# What is proven is forgotten by so much a minute.
_FORGET_PER_MIN = 0.02
# The refused rate is reached again after so many seconds, requests, and times the pause that the refusal cost; what
# takes longest decides. A refusal in 150 requests is 0.7 % of them, and a pause in 20 of its length 5 % of the time.
_RECOVER_S, _RECOVER_REQUESTS, _RECOVER_PAUSES = 10.0, 150, 20
# Requests that a timer woke late catch up by so much: at 200 a second, 1 ms each time would be a fifth of the rate.
_LATE_S = 0.01
# Nobody allows less than one request a minute.
_LEAST_PER_S = 1 / 60


@dataclass(slots=True)
class _Window:
    """Requests since a refusal, that is, since the server's bucket was last known to be empty.

    Attributes:
        after: the number of the last request that was sent before.
        since: when it began, in seconds on the pacer's clock.
        refused: requests sent in it and refused; `events`: how often, where those that met together are one.
        paused_s: seconds in it for which nothing was sent, as the server asked.
    """

    after: int
    since: float
    refused: int = 0
    events: int = 0
    paused_s: float = 0.0


class LearnedRate:
    """Requests a second, after the first refusal: none is known, and nothing held back, before.

    A bucket that refuses is empty, and what it accepts from one refusal to another is what has flowed in: `accepted`
    requests in `s` seconds say that (accepted - 1) / s to (accepted + 1) / s are allowed. What was accepted before the
    first refusal says how full the bucket was, and does not count. So

    - a refusal lowers the rate by the share that was refused since the last one and 5 % more, by half at most, and to
      (accepted + 1) / s at most;
    - but not below 0.9 of the greatest rate that 100 requests have proven (as BBR keeps the greatest delivery rate:
      Cardwell et al., "BBR: Congestion-Based Congestion Control", 2016). A server that refuses at random, or by the
      calls under way, would bring the rate to nothing otherwise;
    - then the rate climbs as CUBIC's window does (RFC 9438, equation 1, with K fixed): to the rate that was refused,
      fast at first and slowly near it, and ever faster beyond. Time counts as far as it is used, so that the rate does
      not rise while nothing is sent.
    """

    def __init__(self) -> None:
        self._sent = 0
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._low = self._top = 0.0  # requests a second: after the last refusal, and when it came
        self._used_s = 0.0
        self._recover_s = _RECOVER_S
        self._next_at = 0.0
        self._proven = 0.0
        self._event_at = 0.0
        self._event_after = 0  # the number of the last request sent before the latest refusal was heard of
        self._window = _Window(0, 0.0)

    @property
    def known(self) -> bool:
        """Return True if anything has been refused."""
        return self._top > 0

    def per_s(self) -> float:
        """Return requests a second that may be sent now; 0 where nothing is known."""
        return self._top - (self._top - self._low) * (1 - self._used_s / self._recover_s) ** 3

    def wait_s(self, now: float) -> float:
        """Return seconds until the next request may be sent; negative where it might have been sent before."""
        return self._next_at - now if self.known else 0.0

    def sent(self, now: float) -> None:
        """Note that a request is sent."""
        self._sent += 1
        self._recent.append(now)
        if self.known:
            interval = 1 / self.per_s()
            self._used_s += interval
            self._next_at = max(self._next_at, now - _LATE_S) + interval

    def refused(self, number: int, at: float, now: float, paused_s: float) -> None:
        """Note that a request was refused.

        Args:
            number: it was the so-manieth of all that were sent.
            at: when it was sent, in seconds.
            now: the time.
            paused_s: for how long nothing is sent because of it, in seconds.
        """
        self._window.refused += number > self._window.after
        # Requests that were under way when the rate was last lowered tell nothing of the new one.
        if number > self._event_after:
            self._event(number, at, now, paused_s)
            self._event_at, self._event_after = now, self._sent
        self._window.paused_s += paused_s

    def _event(self, number: int, at: float, now: float, paused_s: float) -> None:
        if not self.known:
            rate = _RECENT / max(_LEAST_SPAN_S, now - self._recent[0])
            self._window = _Window(self._sent, now)
            self._lower(rate / 2, rate, now, paused_s)
            return
        rate = top = self.per_s()
        window = self._window
        window.events += 1
        self._proven *= (1 - _FORGET_PER_MIN) ** ((now - self._event_at) / 60)
        accepted = number - window.after - window.refused
        span_s = max(0.001, at - window.since)
        since = number - self._event_after - 1
        low = min(_DECREASE * rate * max(0.5, since / (since + 1)), (accepted + 1) / span_s)
        if accepted >= _ENOUGH or window.events >= _MANY:
            seen = max(0, accepted - 1) / span_s
            self._proven = seen if window.events >= _MANY else max(self._proven, seen)
            # A full bucket may have let through far more than it allows. It may have been full in a pause as well.
            top = min(top, 1.25 * (accepted + 1) / max(0.001, span_s - window.paused_s))
            self._window = _Window(self._sent, now)
        # A refusal at a rate that is known to do is bad luck: unless there are many, it changes nothing.
        if rate > _PROVEN_SHARE * self._proven:
            self._lower(max(low, _PROVEN_SHARE * self._proven), top, now, paused_s)

    def _lower(self, low: float, top: float, now: float, paused_s: float) -> None:
        self._low = max(_LEAST_PER_S, low)
        self._top = max(self._low, top)
        self._recover_s = max(_RECOVER_S, _RECOVER_REQUESTS / self._top, _RECOVER_PAUSES * paused_s)
        self._used_s = 0.0
        self._next_at = now + 1 / self._low
