"""What every look at the machine found, in the order of the rows, and small enough for a manifest."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from typing import Any

# A look takes 10 ms, so that a long run may have 100,000: of the kernel's times, at most that many are kept, evenly.
_MOST_READINGS = 2000
_MOST_REASONS = 200


class LookLog:
    """Grows by one entry a look: the kernel's time, what was found, and the sample rows that it judged."""

    def __init__(self) -> None:
        self.kernel_ns: list[int] = []
        self._threads: list[int] = []
        self.found: list[str] = []
        self._rows: list[int] = []
        self._reasons: dict[str, str] = {}
        self._last_reason = ""

    def add(self, kernel_ns: int, found: str, reason: str, rows: int, threads: int = 1) -> None:
        """Keep one look.

        Args:
            kernel_ns: what the kernel took.
            found: quiet or unknown; or what made it noisy: kernel, others or steal.
            reason: of a noisy look, in words.
            rows: rows of samples.csv that were written under it.
            threads: that the kernel ran on.
        """
        self._threads.append(threads)
        self.kernel_ns.append(kernel_ns)
        self.found.append(found)
        self._rows.append(rows)
        # The kernel's reasons are its times; how much others took is recorded only here.
        if found in ("others", "steal") and reason != self._last_reason and len(self._reasons) < _MOST_REASONS:
            self._reasons[str(len(self.found))] = self._last_reason = reason

    def late(self, limit: float) -> int:
        """Return how many looks were judged too kindly: not called noisy, and slower than the run's own median.

        Slower by more than `limit`, a share, than the median of all looks on as many threads.
        """
        kindly = 0
        for threads in set(self._threads):
            mine = [i for i, n in enumerate(self._threads) if n == threads]
            bar = (1 + limit) * statistics.median(self.kernel_ns[i] for i in mine)
            kindly += sum(self.found[i] in ("quiet", "unknown") and self.kernel_ns[i] > bar for i in mine)
        return kindly

    def facts(self) -> dict[str, Any]:
        """Return all of it, of JSON types.

        `found` and `rows` are of every look in turn, equal neighbours written as VALUE*TIMES: the rows of samples.csv
        that have a host_state, from the first, are those of the looks, `rows` each. `kernel_ns` is of every
        `kernel_every`th look, from the first. `reasons` say how much others took, by the look (from 1) in which that
        changed; the first 200.
        """
        every = max(1, -(-len(self.kernel_ns) // _MOST_READINGS))
        return {
            "found": run_lengths(self.found),
            "rows": run_lengths(self._rows),
            "kernel_every": every,
            "kernel_ns": self.kernel_ns[::every],
            "reasons": self._reasons,
        }


def run_lengths(values: Iterable[object]) -> str:
    """`quiet*10 kernel quiet*2`: equal neighbours once, with their number where they are several."""
    runs = ((value, sum(1 for _ in same)) for value, same in itertools.groupby(values))
    return " ".join(f"{value}*{times}" if times > 1 else f"{value}" for value, times in runs)
