"""Which providers are not shown to be behind the fastest or the cheapest one, for every sentence that names one."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import gettext as _
from embedmark.report.text.names import joined
from embedmark.report.text.numbers import or_lowest


def not_shown_slower(rows: Sequence[SummaryRow], best: SummaryRow) -> str:
    """Return `; not shown to be slower: b, c` for the timed rows of a dataset; empty if `best` is alone.

    `best` is the fastest, or one that is not shown to be slower than the fastest.
    """
    group = [row for row in rows if row.fastest_group == 1]
    if len(rows) > 1 and not group:
        return _("; too few passes to tell it from the others")
    if any(or_lowest(row.items_per_s) > or_lowest(best.items_per_s) for row in rows):
        return _("; none is shown to be faster") if best in group else ""
    ties = [row.provider for row in group if row is not best]
    return _("; not shown to be slower: {names}", names=joined(ties)) if ties else ""


def not_shown_dearer(rows: Sequence[SummaryRow], best: SummaryRow) -> str:
    """Return `; not shown to be more expensive: b, c` for the priced rows of a dataset; empty if `best` is alone.

    `best` is the cheapest, or one that is not shown to be more expensive than the cheapest.
    """
    group = [row for row in rows if row.cheapest_group == 1]
    if len(rows) > 1 and not group:
        return _("; too few passes to tell it from the others")
    if any(or_lowest(row.usd_per_1k_items) < or_lowest(best.usd_per_1k_items) for row in rows):
        return _("; none is shown to be cheaper") if best in group else ""
    ties = [row.provider for row in group if row is not best]
    return _("; not shown to be more expensive: {names}", names=joined(ties)) if ties else ""


def counted_alike(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    """Return the rows that count texts or images; those that count pairs if there are no others."""
    return [row for row in rows if row.unit != "pair"] or list(rows)
