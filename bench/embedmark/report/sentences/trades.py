"""What the faster and the cheaper providers give up against the best one, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import gettext as _
from embedmark.report.text.names import plural
from embedmark.report.text.numbers import number, or_lowest, usd
from embedmark.store.cells import Cell

_FOLLOWS: Final = 0.1  # how far a price per hour of hardware may be from following the speed
_FASTER: Final = 1.5  # times the speed that a second alternative offers at least


def trades(best: SummaryRow, others: Sequence[SummaryRow], dataset: str) -> Iterator[str]:
    """Yield what the fastest, the best of the faster ones, and the cheapest give up against the best.

    Args:
        dataset: empty if it is clear which is meant.
    """
    timed = [(row, times) for row in others if (times := _times_the_speed(row, best)) is not None and times > 1]
    said: set[Cell] = set()
    if timed:
        fastest = max(timed, key=lambda entry: entry[1])
        between = [entry for entry in timed if entry[1] >= _FASTER and or_lowest(entry[0].value) > or_lowest(
            fastest[0].value)]  # fmt: skip
        for row, times in [fastest, *between[:1]]:
            yield _trade(row, best, times, dataset)
            said.add(row.provider)
    elif _is_fastest(best, others):
        yield _("{name} is also the fastest ({speed}).", name=best.provider, speed=speed(best))
    priced = [row for row in [best, *others] if row.usd_per_1k_items is not None and _same_unit(row, best)]
    if len(priced) > 1:
        cheapest = min(priced, key=lambda row: or_lowest(row.usd_per_1k_items))
        if cheapest.provider not in said and cheapest is not best:
            yield _("{name} is the cheapest ({price} for 1M) and keeps {share} of that accuracy.",
                    name=cheapest.provider, price=_price(cheapest), share=_share(cheapest, best))  # fmt: skip


def _is_fastest(best: SummaryRow, others: Sequence[SummaryRow]) -> bool:
    timed = [row for row in others if row.items_per_s is not None]
    return best.items_per_s is not None and bool(timed) and all(_same_unit(row, best) for row in timed)


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
