"""What every look at the machine found, in the order of the rows, and small enough for a manifest."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

# A look takes 10 ms, so that a long run may have 100,000: of the kernel's times, so many at most are kept, evenly.
_MOST_READINGS = 2000
_MOST_REASONS = 200


class LookLog:
    """Grows by one entry a look: the kernel's time, what was found, and the sample rows that it judged."""

    def __init__(self) -> None:
        self.kernel_ns: list[int] = []
        self.found: list[str] = []
        self._rows: list[int] = []
        self._reasons: dict[str, str] = {}
        self._last_reason = ""

    def add(self, kernel_ns: int, found: str, reason: str, rows: int) -> None:
        """Keep one look.

        Args:
            kernel_ns: what the kernel took.
            found: quiet or unknown; or what made it noisy: kernel, others or steal.
            reason: of a noisy look, in words.
            rows: rows of samples.csv that were written under it.
        """
        self.kernel_ns.append(kernel_ns)
        self.found.append(found)
        self._rows.append(rows)
        # The kernel's reasons are its times; how much others took stands nowhere else.
        if found in ("others", "steal") and reason != self._last_reason and len(self._reasons) < _MOST_REASONS:
            self._reasons[str(len(self.found))] = self._last_reason = reason

    def late(self, limit: float) -> tuple[int | None, int]:
        """The look, counted from 1, that the kernel was fastest in, and how many before it were judged too kindly.

        These were not called noisy, and are slower than that fastest time by more than `limit`, a share.
        """
        if not self.kernel_ns:
            return None, 0
        best = min(self.kernel_ns)
        place = self.kernel_ns.index(best)
        before = zip(self.kernel_ns[:place], self.found[:place], strict=True)
        kindly = sum(found in ("quiet", "unknown") and ns > (1 + limit) * best for ns, found in before)
        return place + 1, kindly

    def facts(self) -> dict[str, Any]:
        """All of it, of JSON types.

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
