"""What the faster and the cheaper providers give up against the best one, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import gettext as _
from embedmark.report.sentences.ties import not_shown_dearer, not_shown_slower
from embedmark.report.text.names import plural
from embedmark.report.text.numbers import number, or_lowest, usd
from embedmark.store.cells import Cell

_FOLLOWS: Final = 0.1  # how far a price per hour of hardware may be from following the speed
# Times the speed below which none is called faster: latencies are measured one provider after the other.
_APART: Final = 1.1
_FASTER: Final = 1.5  # times the speed that a second alternative offers at least


def trades(best: SummaryRow, others: Sequence[SummaryRow], rows: Sequence[SummaryRow], dataset: str) -> Iterator[str]:
    """Yield what the fastest, the best of the faster ones, and the cheapest give up against the best.

    Args:
        best: the most accurate provider.
        others: those to choose from in its place.
        rows: all rows of the dataset with a value, with baselines.
        dataset: empty if it is clear which is meant.
    """
    timed = [] if best.fastest_group == 1 else list(_faster(best, others))
    said: set[Cell] = set()
    if timed:
        fastest = max(timed, key=lambda entry: entry[1])
        between = [entry for entry in timed if entry[1] >= _FASTER and or_lowest(entry[0].value) > or_lowest(
            fastest[0].value)]  # fmt: skip
        for row, times in [fastest, *between[:1]]:
            yield _trade(row, best, times, dataset)
            said.add(row.provider)
    else:
        yield from _also_fastest(best, rows)
    yield from _cheapest(best, [row for row in others if row.provider not in said], rows)


def _faster(best: SummaryRow, others: Sequence[SummaryRow]) -> Iterator[tuple[SummaryRow, float]]:
    for row in others:
        times = _times_the_speed(row, best)
        if times is not None and times >= _APART:
            yield row, times


def _also_fastest(best: SummaryRow, rows: Sequence[SummaryRow]) -> Iterator[str]:
    """Yield that no other row is shown to be faster than the best one."""
    timed = [row for row in rows if row.items_per_s is not None]
    if best.items_per_s is None or len(timed) < 2 or not all(_same_unit(row, best) for row in timed):
        return
    first = max(timed, key=lambda row: or_lowest(row.items_per_s))
    if first is best:
        ties = not_shown_slower(timed, best)
        yield _("{name} is also the fastest ({speed}){ties}.", name=best.provider, speed=speed(best), ties=ties)
    elif best.fastest_group == 1:
        yield _("No provider is shown to be faster than {name} ({speed}).", name=best.provider, speed=speed(best))


def _cheapest(best: SummaryRow, others: Sequence[SummaryRow], rows: Sequence[SummaryRow]) -> Iterator[str]:
    """Yield who is the cheapest, unless the best one is not shown to be more expensive or a baseline is cheaper."""
    priced = [row for row in rows if row.usd_per_1k_items is not None and _same_unit(row, best)]
    if len(priced) < 2:
        return
    first = min(priced, key=lambda row: or_lowest(row.usd_per_1k_items))
    if first in others and best.cheapest_group != 1:
        yield _("{name} is the cheapest ({price} for 1M) and keeps {share} of that accuracy{ties}.",
                name=first.provider, price=_price(first), share=_share(first, best),
                ties=not_shown_dearer(priced, first))  # fmt: skip


def _trade(row: SummaryRow, best: SummaryRow, times: float, dataset: str) -> str:
    """Return what a faster one keeps of the best one's accuracy; `dataset` is empty if it is clear which is meant."""
    values = {"name": row.provider, "share": _share(row, best), "best": best.provider, "dataset": dataset}
    if row.tie_group == 1 and dataset:
        text = _("{name} is not shown to be worse than {best} on {dataset},", **values)
    elif row.tie_group == 1:
        text = _("{name} is not shown to be worse than {best},", **values)
    elif dataset:
        text = _("{name} keeps {share} of {best}'s accuracy on {dataset}", **values)
    else:
        text = _("{name} keeps {share} of that", **values)
    text += _(" at {times} times the speed", times=_ratio(times))
    part = _part(row, best, times)
    return text + (_(" and {part} of the price", part=part) if part else "") + "."


def _times_the_speed(row: SummaryRow, best: SummaryRow) -> float | None:
    """Return how many times as fast a row is, by throughput, else by the median call; None if that is not known."""
    if not _same_unit(row, best):
        return None
    if row.items_per_s and best.items_per_s:
        return row.items_per_s / best.items_per_s
    if row.latency_ms_p50 and best.latency_ms_p50:
        return best.latency_ms_p50 / row.latency_ms_p50
    return None


def _same_unit(row: SummaryRow, other: SummaryRow) -> bool:
    return row.unit == other.unit


def speed(row: SummaryRow) -> str:
    """Return the throughput, as `191 texts/s`."""
    return f"{number(row.items_per_s)} {plural(row.unit)}/s"


def _price(row: SummaryRow) -> str:
    return usd(1000 * or_lowest(row.usd_per_1k_items))


def _share(row: SummaryRow, best: SummaryRow) -> str:
    value, top = or_lowest(row.value), or_lowest(best.value)
    return f"{100 * value / top:.0f} %" if top > 0 else "–"


def _ratio(times: float) -> str:
    return number(times, 2) if times < 100 else f"{times:,.0f}"


def _part(row: SummaryRow, best: SummaryRow, times: float) -> str:
    """Return a price as a part of the best one's, `1/12` or `84 %`; empty if unknown or just due to the speed."""
    mine, other = row.usd_per_1k_items, best.usd_per_1k_items
    if mine is None or other is None or mine <= 0 or mine >= other:
        return ""
    if abs(other / mine / times - 1) < _FOLLOWS:
        return ""
    return f"1/{other / mine:,.0f}" if other / mine >= 2 else f"{100 * mine / other:.0f} %"
