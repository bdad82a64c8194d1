"""Which projections say no more than an order of magnitude, and which disagree with the measured throughput."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embedmark.derive.rows.tables import Tables
from embedmark.derive.rows.timing import ScalingRow
from embedmark.language import gettext as _
from embedmark.report.text.numbers import duration, number, rough_duration, time_unit

ALWAYS = 1000  # texts; the size that every summary shows
_FEW_SIZES = 2  # a line through two sizes fits any two
_USELESS = 10  # times its lower end: an interval that reaches so far up says no more than the order of magnitude
_APART = 0.25  # of a projection and the measured throughput, at which both are shown
_MOST_NAMES = 6


def too_few() -> str:
    """Return why a time is an order of magnitude."""
    return _("too few sizes for a useful interval")


def is_rough(row: ScalingRow, rows: Sequence[ScalingRow]) -> bool:
    """Return True if a row of scaling.csv is projected from two sizes or fewer, or has no useful interval.

    Args:
        rows: all rows of scaling.csv. A pairing's projection is the sum of its two parts'.
    """
    if row.basis != "projected":
        return False
    low, high = row.seconds_ci_low, row.seconds_ci_high
    if low is None or high is None:
        return True
    return low <= 0 or high > _USELESS * low or _fitted_sizes(row, rows) <= _FEW_SIZES


def time_text(row: ScalingRow, rows: Sequence[ScalingRow]) -> str:
    """Return the seconds of a row of scaling.csv for people: `about 2 h` where no more is known, else `2.14 h`."""
    seconds = row.seconds
    return rough_duration(seconds) if seconds is not None and is_rough(row, rows) else duration(seconds)


def time_with_interval(row: ScalingRow, rows: Sequence[ScalingRow]) -> str:
    """`2.14 h (95 %: 1.9 to 2.4)`, the interval in the unit of the value; without one where it would say nothing."""
    low, high, seconds = row.seconds_ci_low, row.seconds_ci_high, row.seconds
    text = time_text(row, rows)
    if low is None or high is None or seconds is None or is_rough(row, rows):
        return text
    scale, _unit = time_unit(seconds)
    return _("{value} (95 %: {low} to {high})", value=text, low=number(low * scale), high=number(high * scale))


def at_1000(tables: Tables) -> dict[str, ScalingRow]:
    """By provider, the row of scaling.csv at 1,000 texts."""
    return {row.provider: row for row in tables["scaling.csv"] if row.n == ALWAYS}


def disagreement(tables: Tables) -> str:
    """Return a line on times of all pairs within 1,000 texts that the throughput contradicts; empty if none."""
    parts = [
        _("{name} {projected} and {measured}", name=name, projected=projected, measured=measured)
        for name, projected, measured in _apart(tables)
    ]
    if not parts:
        return ""
    more = len(parts) - _MOST_NAMES
    if more > 0:
        parts = [*parts[:_MOST_NAMES], _("and {n} more", n=more)]
    return _(
        "all pairs of 1,000 texts, as projected and at the measured throughput: {times}; trust the throughput, which "
        "is measured at the best batch size on the dataset's texts, while the projection is a fit over few sizes",
        times="; ".join(parts),
    )


def _apart(tables: Tables) -> Iterator[tuple[str, str, str]]:
    projected = at_1000(tables)
    summary = {row.provider: row for row in reversed(tables["summary.csv"])}
    for name, row in reversed(summary.items()):
        scaling, rate = projected.get(name), row.items_per_s
        if scaling is None or scaling.basis != "projected" or rate is None or row.unit == "image":
            continue
        pairs = ALWAYS * (ALWAYS - 1) // 2
        measured = pairs / rate if row.unit == "pair" else ALWAYS / rate + _similarities(tables, name)
        seconds = scaling.seconds
        if seconds is not None and max(measured / seconds, seconds / measured) > 1 + _APART:
            yield name, time_text(scaling, tables["scaling.csv"]), duration(measured)


def _similarities(tables: Tables, provider: str) -> float:
    """Return seconds that comparing 1,000 vectors takes by the fit: throughput has no part in that."""
    work = {"constant": 1, "per-text": ALWAYS, "per-pair": ALWAYS * (ALWAYS - 1) // 2}
    mine = {fact.fact: fact.value for fact in tables["scaling_facts.csv"] if fact.provider == provider}
    values = ((mine.get(f"fit-similarity-{term}"), times) for term, times in work.items())
    return sum(value * times for value, times in values if value is not None)


def _fitted_sizes(row: ScalingRow, rows: Sequence[ScalingRow]) -> int:
    """Return how many sizes the fit rests on; of a pairing, the fewer of its two parts'."""
    sizes: dict[str, int] = {}
    for other in rows:
        if other.kind != "two-stage":
            sizes[other.provider] = sizes.get(other.provider, 0) + (other.basis == "measured")
    name = row.provider
    parts = [name] if row.kind != "two-stage" else [
        part for part in sizes if name.startswith(f"{part}+") or name.endswith(f"+{part}")
    ]  # fmt: skip
    return min((sizes[part] for part in parts), default=0)
