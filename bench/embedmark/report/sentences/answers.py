"""The sentences that a reader came for, computed from the tables and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embedmark.derive import Derived
from embedmark.derive.details import BreakEven
from embedmark.derive.findings import DatasetFinding
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.derive.speed.turns import MAX_SPREAD
from embedmark.language import gettext as _
from embedmark.language import ngettext
from embedmark.report.sentences.projections import at_1000, is_rough, time_text, too_few
from embedmark.report.sentences.ties import not_shown_dearer, not_shown_slower
from embedmark.report.text.names import MOST_NAMES, joined, plural
from embedmark.report.text.numbers import correlation, number, or_lowest, short_name, usd, volume
from embedmark.store.manifest.session import HostFacts

_INCOMPARABLE = ("untrained-head", "constant-predictions", "constant-gold", "too-few-pairs", "failed")


def answers(derived: Derived, datasets: Sequence[str], host: HostFacts) -> list[str]:
    """Return who is best and ties with it, fastest, cheapest; what could not be compared, and what was noisy.

    Args:
        host: what the manifest says of the machine during the run.
    """
    summary = derived.tables["summary.csv"]
    is_alone = len({row.provider for row in summary}) == 1  # the decision gives its figures, and nothing is `most`
    sentences: list[str] = []
    found = {(finding.dataset, finding.metric): finding for finding in derived.findings.datasets}
    for dataset in datasets:
        rows = [row for row in summary if row.dataset == dataset and row.value is not None]
        if rows and not is_alone:
            sentences.append(_most_accurate(dataset, rows, found.get((dataset, (rows[0].metric or "")))))
    first = [row for row in summary if datasets and row.dataset == datasets[0]]
    wanted = (
        None if is_alone else _fastest(first), _cheapest(first), *break_even_sentences(derived.details.break_even),
        _all_pairs(first, derived.tables), *no_accuracy(summary), _noisy(first, host),
    )  # fmt: skip
    return sentences + [sentence for sentence in wanted if sentence]


def _most_accurate(dataset: str, rows: Sequence[SummaryRow], finding: DatasetFinding | None) -> str:
    if finding is not None and finding.needed is not None:
        return _(
            "No provider can be called best on {dataset}: it would take {needed} {units} or more.",
            dataset=dataset,
            needed=finding.needed,
            units=_units(rows),
        )
    top = max(rows, key=lambda row: or_lowest(row.value))
    # Providers are ranked over the pairs that all scored, and `value` is over a provider's own.
    best = next((row for row in rows if finding is not None and row.provider == finding.best), top)
    metric = short_name(best.metric or "")
    value = f"{metric} {correlation(best.value)}"
    text = _("Most accurate on {dataset}: {name} ({value})", dataset=dataset, name=best.provider, value=value)
    ties = [row.provider for row in rows if row.tie_group == 1 and row is not best]
    if ties:
        text += _("; not shown to be worse: {names}", names=joined(ties))
    if finding is not None and finding.smallest_detectable is not None:
        text += _("; differences below about {least:.3f} could have been missed", least=finding.smallest_detectable)
    return text + "."


def _units(rows: Sequence[SummaryRow]) -> str:
    return _("queries") if (rows[0].metric or "").startswith("ndcg") else _("pairs")


def _fastest(rows: Sequence[SummaryRow]) -> str | None:
    timed = [row for row in rows if row.items_per_s is not None and row.unit != "pair"]
    if not timed:
        return None
    best = max(timed, key=lambda row: or_lowest(row.items_per_s))
    return _(
        "Most {units} a second: {name} ({speed}, batches of {size}){ties}.",
        units=plural(best.unit),
        name=best.provider,
        speed=number(best.items_per_s),
        size=best.batch_size,
        ties=not_shown_slower(timed, best),
    )


def _cheapest(rows: Sequence[SummaryRow]) -> str | None:
    priced = [row for row in rows if row.usd_per_1k_items is not None and row.unit != "pair"]
    if len(priced) < 2:
        return None
    best = min(priced, key=lambda row: or_lowest(row.usd_per_1k_items))
    return _(
        "Cheapest: {name} ({price} for 1M {units}){ties}.",
        name=best.provider,
        price=usd(1000 * or_lowest(best.usd_per_1k_items)),
        units=plural(best.unit),
        ties=not_shown_dearer(priced, best),
    )


def break_even_sentences(found: Sequence[BreakEven]) -> Iterator[str]:
    """`Below 3.1 M texts a month api is cheaper than a machine of $146 a month with local.`, a sentence an API."""
    for api in dict.fromkeys(entry.api for entry in found):
        mine = [entry for entry in found if entry.api == api]
        price = usd(mine[0].usd_per_month)
        reached = [entry for entry in mine if entry.items_per_month is not None]
        never = [entry.local for entry in mine if entry.items_per_month is None]
        if reached and reached[0].items_per_month is not None:
            yield _(
                "Below {below} texts a month {api} is cheaper than a machine of {price} a month with {names}.",
                below=volume(reached[0].items_per_month),
                api=api,
                price=price,
                names=joined([entry.local for entry in reached]),
            )
        if never:
            yield _(
                "{api} is cheaper than a machine of {price} a month with {names} at any volume that it can handle.",
                api=api,
                price=price,
                names=joined(never),
            )


def _all_pairs(rows: Sequence[SummaryRow], tables: Tables) -> str | None:
    timed = [row for row in rows if row.seconds_at_1000 is not None]
    if not timed:
        return None
    shown = timed if len(timed) <= MOST_NAMES else [min(timed, key=_seconds), max(timed, key=_seconds)]
    projected, every = at_1000(tables), tables["scaling.csv"]
    parts = []
    for row in shown:
        price = f", {usd(row.usd_at_1000)}" if row.usd_at_1000 is not None else ""
        parts.append(f"{row.provider} {time_text(projected[row.provider], every)}{price} ({_count(row)})")
    rough = any(is_rough(projected[row.provider], every) for row in shown)
    text = _("All pairs of {n:,} texts: {times}.", n=1000, times="; ".join(parts))
    return text + (" " + _("About: {reason}.", reason=too_few()) if rough else "")


def _seconds(row: SummaryRow) -> float:
    return or_lowest(row.seconds_at_1000)


def _count(row: SummaryRow) -> str:
    if row.pair_predictions_at_1000:
        return _("{n:,} predictions", n=row.pair_predictions_at_1000)
    return _("{n:,} encodes", n=row.encodes_at_1000)


def no_accuracy(summary: Sequence[SummaryRow]) -> Iterator[str]:
    """Yield `No accuracy for cross: no trained head.`, a sentence a reason."""
    why: dict[str, list[str]] = {}
    for row in summary:
        status = row.status
        if status in _INCOMPARABLE and row.provider not in why.setdefault(status, []):
            why[status].append(row.provider)
    for status, names in why.items():
        yield _("No accuracy for {names}: {reason}.", names=joined(names), reason=_reason(status))


def _reason(status: str) -> str:
    return {
        "untrained-head": _("no trained head"),
        "constant-predictions": _("constant predictions"),
        "constant-gold": _("constant gold scores"),
        "too-few-pairs": _("too few pairs"),
    }.get(status, _("failed"))


def _noisy(rows: Sequence[SummaryRow], host: HostFacts) -> str | None:
    names = [row.provider for row in rows if row.host_state == "noisy"]
    if not names:
        return None
    checks = ""
    if host.looks and not host.noisy:
        return _(
            "Noisy timings: {names}. Passes spread by more than {most:.0f} %, though no check found the machine noisy.",
            names=joined(names), most=100 * MAX_SPREAD,
        )  # fmt: skip
    if host.looks:
        checks = _(" ({noisy:,} of {looks:,} checks)", noisy=host.noisy or 0, looks=host.looks)
    if len(names) == len(rows) > 1:
        return _("Every provider was timed on a noisy machine{checks}.", checks=checks)
    return ngettext(
        "{names} was timed on a noisy machine{checks}.",
        "{names} were timed on a noisy machine{checks}.",
        len(names),
        names=joined(names),
        checks=checks,
    )
