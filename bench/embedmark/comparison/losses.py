"""Scores that one side has and the other has not."""

from __future__ import annotations

from embedmark.comparison.match import Match


def lost_text(match: Match, scored: tuple[int, int], both: int, what: str) -> str:
    """Return that a run scored fewer than the other, and over how many they are compared; "" where neither lost any.

    Args:
        scored: how many pairs or queries each side scored.
        both: how many both of them scored.
        what: `pairs` or `queries`.
    """
    if match.in_one_run:
        return ""
    lost = {match.baseline.label: scored[1] - both, match.candidate.label: scored[0] - both}
    told = [f"{label} lost {n:,} that the other scored" for label, n in lost.items() if n > 0]
    return f"paired over {both:,} {what}: {'; '.join(told)}" if told else ""
