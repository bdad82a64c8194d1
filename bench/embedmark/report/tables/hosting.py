"""Open against commercial in one table: where each provider computes, its quality and price, what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from embedmark.derive import Derived
from embedmark.derive.cost.hosted_facts import FactKind, HostedFact, facts_of
from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.tables.page import Cells, PageTable
from embedmark.report.text.fold import MARK
from embedmark.report.text.money import bill
from embedmark.report.text.names import metric_title
from embedmark.report.text.numbers import DASH, correlation, usd
from embedmark.store.cells import Cell
from embedmark.store.hosts import is_public
from embedmark.store.manifest.entries import PriceFacts, ProviderFacts
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.suite import HostingFacts

_MOST_DATASETS: Final = 3  # whose quality has a column
_Shown = tuple[str, Cell]


def hosting_table(derived: Derived, manifest: Manifest) -> PageTable | None:
    """Return the table; None where the suite names neither a volume nor facts."""
    cost = manifest.suite.measure.cost
    if cost is None or (not cost.volume and not cost.facts):
        return None
    summary = derived.tables["summary.csv"]
    scored = {row.dataset: row.metric for row in summary if row.value is not None}
    datasets = [entry.name for entry in manifest.datasets if entry.name in scored][:_MOST_DATASETS]
    titles = [_("provider"), _("where it computed"), _("texts leave\nyour house")]
    titles += [f"{name}\n{metric_title(scored[name])}" for name in datasets]
    titles += [_("first year"), _("$/1M tokens"), _("fine-tuning"), _("ends on")]
    numeric = [False, False, False, *(True for _name in datasets), True, True, False, False]
    rows = [
        _row(derived, entry, _known(manifest, entry), datasets, _price(manifest, entry)) for entry in manifest.providers
    ]
    return PageTable(titles=tuple(titles), numeric=tuple(numeric), rows=tuple(rows))


def _row(
    derived: Derived,
    entry: ProviderFacts,
    facts: Mapping[FactKind, str],
    datasets: Sequence[str],
    price: PriceFacts | None,
) -> tuple[Cells, ...]:
    name = entry.name
    year = next((row.usd for row in derived.tables["volume.csv"] if (row.provider, row.term) == (name, "year_1")), None)
    asks = any(
        isinstance(row.requests, int) and row.requests > 0 for row in derived.tables["cost.csv"] if row.provider == name
    )
    per_1m = None if price is None or price.usd_per_1k_searches is not None else price.usd_per_1m_tokens
    shown: list[_Shown] = [
        (name, name),
        (_where(entry, asks), entry.served_by),
        _leaves(entry, facts, asks),
        *(_quality(derived.tables["summary.csv"], name, dataset) for dataset in datasets),
        (bill(year), year),
        (usd(per_1m), per_1m),
        _fine_tuning(entry, facts),
        (facts.get("deprecated_on", DASH), facts.get("deprecated_on")),
    ]
    return tuple(Cells(text, value) for text, value in shown)


def _where(entry: ProviderFacts, asks: bool) -> str:
    host = entry.served_by
    if not host:
        return _("a service that it does not name") if asks else _("this machine")
    return host if is_public(host) else _("your network ({host})", host=host)


def _known(manifest: Manifest, entry: ProviderFacts) -> dict[FactKind, str]:
    """Return what is known of a provider: what the suite says, else what its service documents."""
    known = {kind: from_english(fact.text) for kind, fact in _documented(manifest, entry).items()}
    said = _said(manifest, entry)
    own: dict[FactKind, str | None] = {
        "data": said.data,
        "fine_tuning": said.fine_tuning,
        "deprecated_on": said.deprecated_on,
    }
    return known | {kind: text for kind, text in own.items() if text}


def _said(manifest: Manifest, entry: ProviderFacts) -> HostingFacts:
    cost = manifest.suite.measure.cost
    return (cost.facts.get(entry.name) if cost else None) or HostingFacts()


def _documented(manifest: Manifest, entry: ProviderFacts) -> dict[FactKind, HostedFact]:
    """Return what a service documents, without what the suite says better."""
    said = _said(manifest, entry)
    found = facts_of(entry.served_by, entry.model)
    return {kind: fact for kind, fact in found.items() if not getattr(said, kind)}


def _leaves(entry: ProviderFacts, facts: Mapping[FactKind, str], asks: bool) -> _Shown:
    host = entry.served_by
    text = _("yes") if is_public(host) else _("no")
    if asks and not host:
        text = _("not known")
    if "data" in facts:
        text += f"; {facts['data']}"
    return text, text


def _fine_tuning(entry: ProviderFacts, facts: Mapping[FactKind, str]) -> _Shown:
    """Return what a source says; else that the weights are here, which is all that was seen."""
    if "fine_tuning" in facts:
        return facts["fine_tuning"], facts["fine_tuning"]
    parameters = entry.observed.get("parameters")
    if entry.served_by or parameters is None:
        return DASH, None
    return _("the weights are here"), parameters


def source_lines(manifest: Manifest) -> list[str]:
    """Return where each price and fact of the table is from, with its date."""
    facts = manifest.suite.measure.cost.facts if manifest.suite.measure.cost else {}
    lines = []
    for entry in manifest.providers:
        name, price = entry.name, _price(manifest, entry)
        if price is not None:
            lines.append(_("{name}, price: {source}.", name=name, source=_sourced(price)))
        if name in facts:
            lines.append(_("{name}, facts: {source}.", name=name, source=_sourced(facts[name])))
        for fact in _documented(manifest, entry).values():
            lines.append(_("{name}, {fact}: {source}.", name=name, fact=from_english(fact.text), source=_sourced(fact)))
    return lines


def _sourced(entry: PriceFacts | HostingFacts | HostedFact) -> str:
    day = entry.as_of
    return f"{entry.source}, {day}" if day else _("{source}, no date given", source=entry.source)


def _price(manifest: Manifest, entry: ProviderFacts) -> PriceFacts | None:
    """Return the price of a provider's tokens or searches, as the manifest has it."""
    return manifest.price(entry.name, entry.plugin or "", entry.model or "")


def _quality(summary: Sequence[SummaryRow], name: str, dataset: str) -> _Shown:
    row = next((row for row in summary if (row.provider, row.dataset) == (name, dataset)), None)
    if row is None:
        return DASH, None
    return f"{MARK if row.tie_group == 1 else ''}{correlation(row.value)}", row.value
