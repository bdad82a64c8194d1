"""How long a run will still take, as far as that can be known."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from embedmark.language import gettext as _

_LOAD = "load"


class Estimate:
    """Time that is left, from how long jobs of each measure took so far.

    Args:
        jobs: the measure of each job that will run, loading included.
        most_s: seconds that a job of a measure takes at most, where that is known.
        now_s: the clock.
    """

    def __init__(
        self, jobs: Iterable[str], most_s: Mapping[str, float], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._left = Counter(jobs)
        self._most_s = most_s
        self._now_s = now_s
        self._took_s: dict[str, list[float]] = {}
        self._measure = _LOAD
        self._since_s = now_s()

    def at(self, what: str) -> None:
        """Note that a job begins; its label names the measure."""
        words = what.replace(":", " ").split()
        self._measure = next((name for name in self._left if name in words), self._measure)
        self._since_s = self._now_s()

    def advance(self, jobs: int) -> None:
        """Note that this many jobs have ended, which shared the time since `at`."""
        if jobs < 1:
            return
        now = self._now_s()
        self._took_s.setdefault(self._measure, []).extend([(now - self._since_s) / jobs] * jobs)
        self._left[self._measure] = max(0, self._left[self._measure] - jobs)
        self._since_s = now

    def text(self) -> str:
        """Return `about 3 min left`, `at most 4 min left`, or an empty text if nothing is known of what is left."""
        from embedmark.report.text.numbers import plain_duration

        seconds, is_bound = 0.0, False
        for measure, n in self._left.items():
            took = self._took_s.get(measure)
            if took:
                seconds += n * sum(took) / len(took)
            elif n and measure in self._most_s:
                seconds += n * self._most_s[measure]
                is_bound = True
            elif n:
                return ""
        if seconds <= 0:
            return ""
        left = plain_duration(max(1.0, round(seconds)))
        return _("at most {time} left", time=left) if is_bound else _("about {time} left", time=left)
