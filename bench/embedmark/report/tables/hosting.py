"""Open against commercial in one table: where each provider computes, its quality and price, what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from embedmark.derive import Derived
from embedmark.language import gettext as _
from embedmark.planning.prices import is_public
from embedmark.report.tables.page import Cells, PageTable, Row
from embedmark.report.text.fold import MARK
from embedmark.report.text.money import bill
from embedmark.report.text.names import metric_title
from embedmark.report.text.numbers import DASH, correlation, usd
from embedmark.store.cells import Cell

_MOST_DATASETS: Final = 3  # whose quality has a column
_Shown = tuple[str, Cell]


def hosting_table(derived: Derived, manifest: Mapping[str, Any]) -> PageTable | None:
    """Return the table; None where the suite names neither a volume nor facts."""
    cost = (manifest["suite"].get("measure") or {}).get("cost") or {}
    if not cost.get("volume") and not cost.get("facts"):
        return None
    summary = derived.tables["summary.csv"]
    scored = {row["dataset"]: row["metric"] for row in summary if row["value"] is not None}
    datasets = [name for entry in manifest["datasets"] if (name := entry["name"]) in scored][:_MOST_DATASETS]
    titles = [_("provider"), _("where it computed"), _("texts leave\nyour house")]
    titles += [f"{name}\n{metric_title(scored[name])}" for name in datasets]
    titles += [_("first year"), _("$/1M tokens"), _("fine-tuning"), _("ends on")]
    numeric = [False, False, False, *(True for _name in datasets), True, True, False, False]
    facts = cost.get("facts") or {}
    rows = [
        _row(derived, entry, facts.get(entry["name"]) or {}, datasets, _price(manifest, entry))
        for entry in manifest["providers"]
    ]
    return PageTable(titles=tuple(titles), numeric=tuple(numeric), rows=tuple(rows))


def _row(
    derived: Derived,
    entry: Mapping[str, Any],
    facts: Mapping[str, Any],
    datasets: Sequence[str],
    price: Mapping[str, Any] | None,
) -> tuple[Cells, ...]:
    name = str(entry["name"])
    year = next(
        (row["usd"] for row in derived.tables["volume.csv"] if (row["provider"], row["term"]) == (name, "year_1")), None
    )
    asks = any(
        isinstance(row["requests"], int) and row["requests"] > 0
        for row in derived.tables["cost.csv"]
        if row["provider"] == name
    )
    per_1m = None if price is None or price.get("usd_per_1k_searches") is not None else price["usd_per_1m_tokens"]
    shown: list[_Shown] = [
        (name, name),
        (_where(entry, asks), entry.get("served_by")),
        _leaves(entry, facts, asks),
        *(_quality(derived.tables["summary.csv"], name, dataset) for dataset in datasets),
        (bill(year), year),
        (usd(per_1m), per_1m),
        _fine_tuning(entry, facts),
        (str(facts.get("deprecated_on") or DASH), facts.get("deprecated_on")),
    ]
    return tuple(Cells(text, value) for text, value in shown)


def _where(entry: Mapping[str, Any], asks: bool) -> str:
    host = entry.get("served_by")
    if not host:
        return _("a service that it does not name") if asks else _("this machine")
    return str(host) if is_public(host) else _("your network ({host})", host=host)


def _leaves(entry: Mapping[str, Any], facts: Mapping[str, Any], asks: bool) -> _Shown:
    host = entry.get("served_by")
    text = _("yes") if is_public(host) else _("no")
    if asks and not host:
        text = _("not known")
    if facts.get("data"):
        text += f"; {facts['data']}"
    return text, text


def _fine_tuning(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> _Shown:
    """Return what a source says; else that the weights are here, which is all that was seen."""
    if facts.get("fine_tuning"):
        return str(facts["fine_tuning"]), str(facts["fine_tuning"])
    parameters = (entry.get("observed") or {}).get("parameters")
    if entry.get("served_by") or parameters is None:
        return DASH, None
    return _("the weights are here"), parameters


def source_lines(manifest: Mapping[str, Any]) -> list[str]:
    """Return where each price and fact of the table is from, with its date."""
    facts = ((manifest["suite"].get("measure") or {}).get("cost") or {}).get("facts") or {}
    lines = []
    for entry in manifest["providers"]:
        name, price = str(entry["name"]), _price(manifest, entry)
        if price is not None:
            lines.append(_("{name}, price: {source}.", name=name, source=_sourced(price)))
        if name in facts:
            lines.append(_("{name}, facts: {source}.", name=name, source=_sourced(facts[name])))
    return lines


def _sourced(entry: Mapping[str, Any]) -> str:
    day = entry.get("as_of")
    return f"{entry['source']}, {day}" if day else _("{source}, no date given", source=entry["source"])


def _price(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the price of a provider's tokens or searches, as the manifest has it."""
    prices: list[dict[str, Any]] = manifest.get("prices") or []
    own = next((price for price in prices if price.get("provider") == entry["name"]), None)
    if own is not None:
        return own
    wanted = (entry["plugin"], entry["model"])
    return next((p for p in prices if not p.get("provider") and (p.get("plugin"), p.get("model")) == wanted), None)


def _quality(summary: Sequence[Row], name: str, dataset: str) -> _Shown:
    row = next((row for row in summary if (row["provider"], row["dataset"]) == (name, dataset)), None)
    if row is None:
        return DASH, None
    return f"{MARK if row['tie_group'] == 1 else ''}{correlation(row['value'])}", row["value"]
