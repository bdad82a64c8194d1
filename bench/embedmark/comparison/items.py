"""Items in a pass: rates are compared only where every run of both sides timed the same ones."""

from __future__ import annotations

import math

from embedmark.comparison.match import Match


def other_items(match: Match, dataset: str, batch: int) -> str:
    """Return that passes of the runs held other items, and how to measure the same; "" where they are alike."""
    runs = [*match.baseline.runs, *match.candidate.runs]
    is_alike = has_same_items(match, batch)
    if len({run.seed for run in runs}) > 1 or (len(_asked(match)) > 1 and not is_alike):
        return f"other items in a pass on {dataset} (measure.throughput.texts or seed)"
    if is_alike:
        return ""
    most = int(max(max(size, default=0) for size in _sizes(match, batch)))
    return (
        f"passes on {dataset} had more items in some runs, where they were too short (measure.throughput.min_pass_ms): "
        f"set measure.throughput.texts to {most}"
    )


def has_same_items(match: Match, batch: int, name: str = "") -> bool:
    """Return True if passes held the same items, or all of them more than the suites ask for.

    A pass that was too short took more items, whose lengths are spread alike at every size.

    Args:
        match: the two providers.
        batch: the batch size of the passes.
        name: a provider of both sides in place of the two.
    """
    sizes, asked = _sizes(match, batch, name), _asked(match)
    least = float(next(iter(asked)) or "inf") if len(asked) == 1 else math.inf
    return all(size == sizes[0] for size in sizes) or all(min(size, default=0) > least for size in sizes)


def _asked(match: Match) -> set[int | None]:
    specs = [run.measure.throughput for side in (match.baseline, match.candidate) for run in side.runs]
    return {spec.texts if spec is not None else None for spec in specs}


def _sizes(match: Match, batch: int, name: str = "") -> list[set[float]]:
    named = ((match.baseline, match.baseline_name), (match.candidate, match.candidate_name))
    return [run.items(name or own, batch) for side, own in named for run in side.runs]
