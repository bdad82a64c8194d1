"""The prices that a report rests on, each with its source and date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.tables import Tables
from embedmark.language import gettext as _
from embedmark.report.text.numbers import usd
from embedmark.store.manifest.model import Manifest


def price_lines(tables: Tables, manifest: Manifest) -> tuple[str, ...]:
    """Return one sentence with the price of each provider, and of the machine where the suite says of when it is."""
    said = list(dict.fromkeys([*_of_providers(tables["cost.csv"]), *_of_machine(tables["cost.csv"], manifest)]))
    return (_("Prices: {prices}.", prices="; ".join(said)),) if said else ()


def _of_providers(rows: Sequence[CostRow]) -> Iterator[str]:
    same: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.basis != "hardware" and (price := _price(row)):
            names = same.setdefault((price, _dated(row.price_source, row.price_as_of)), [])
            if row.provider not in names:
                names.append(row.provider)
    for (price, dated), names in same.items():
        yield f"{', '.join(names)} {price} ({dated})"


def _of_machine(rows: Sequence[CostRow], manifest: Manifest) -> Iterator[str]:
    spec = manifest.suite.measure.cost
    if (
        spec is None
        or not (per_hour := spec.hardware_usd_per_hour)
        or not spec.as_of
        or not any(row.basis == "hardware" and row.usd is not None for row in rows)
    ):
        return
    price = _("{usd} an hour", usd=usd(float(per_hour)))
    yield _("the machine {price} ({dated})", price=price, dated=_dated(spec.source, spec.as_of))


def _price(row: CostRow) -> str:
    if row.unit == "image":
        return _("{usd} for 1,000 images", usd=usd(row.usd_per_1k_items))
    if row.usd_per_1k_searches is not None:
        return _("{usd} for 1,000 searches", usd=usd(row.usd_per_1k_searches))
    if row.usd_per_1m_tokens is not None:
        return _("{usd} for 1M tokens", usd=usd(row.usd_per_1m_tokens))
    return ""


def _dated(source: Any, as_of: Any) -> str:
    where = str(source or _("suite"))
    return f"{where}, {as_of}" if as_of else _("{source}, no date given", source=where)
