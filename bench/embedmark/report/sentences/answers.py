"""The sentences that a reader came for, computed from the tables and findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from embedmark.derive import Derived
from embedmark.derive.details import BreakEven
from embedmark.derive.findings import DatasetFinding
from embedmark.report.sentences.projections import TOO_FEW, at_1000, is_rough, time_text
from embedmark.report.text.numbers import correlation, number, short_name, usd, volume
from embedmark.store.cells import Cell

Row = Mapping[str, Cell]

_MOST_NAMES = 6  # in a sentence; the tables have them all
_INCOMPARABLE = {
    "untrained-head": "no trained head",
    "constant-predictions": "constant predictions",
    "constant-gold": "constant gold scores",
    "too-few-pairs": "too few pairs",
    "failed": "failed",
}


def answers(derived: Derived, datasets: Sequence[str], host: Mapping[str, Any]) -> list[str]:
    """Who is best and ties with it, fastest, cheapest; what could not be compared, and what was noisy.

    Args:
        host: what the manifest says of the machine during the run.
    """
    summary = derived.tables["summary.csv"]
    sentences: list[str] = []
    found = {(finding.dataset, finding.metric): finding for finding in derived.findings.datasets}
    for dataset in datasets:
        rows = [row for row in summary if row["dataset"] == dataset and isinstance(row["value"], float)]
        if rows:
            sentences.append(_most_accurate(dataset, rows, found.get((dataset, str(rows[0]["metric"])))))
    first = [row for row in summary if datasets and row["dataset"] == datasets[0]]
    wanted = (
        _fastest(first), _cheapest(first), *break_even_sentences(derived.details.break_even),
        _all_pairs(first, derived.tables), *_not_comparable(summary), _noisy(first, host),
    )  # fmt: skip
    return sentences + [sentence for sentence in wanted if sentence]


def _most_accurate(dataset: str, rows: Sequence[Row], finding: DatasetFinding | None) -> str:
    if finding is not None and finding.needed is not None:
        return f"No provider can be called best on {dataset}: it would take {finding.needed} {_units(rows)} or more."
    top = max(rows, key=lambda row: _float(row["value"]))
    # Providers are ranked over the pairs that all scored, and `value` is over a provider's own.
    best = next((row for row in rows if finding is not None and row["provider"] == finding.best), top)
    metric = short_name(str(best["metric"]))
    text = f"Most accurate on {dataset}: {best['provider']} ({metric} {correlation(best['value'])})"
    ties = [str(row["provider"]) for row in rows if row["tie_group"] == 1 and row is not best]
    if ties:
        text += f"; not shown to be worse: {_names(ties)}"
    if finding is not None and finding.smallest_detectable is not None:
        text += f"; differences below about {finding.smallest_detectable:.3f} could have been missed"
    return text + "."


def _units(rows: Sequence[Row]) -> str:
    return "queries" if str(rows[0]["metric"]).startswith("ndcg") else "pairs"


def _fastest(rows: Sequence[Row]) -> str | None:
    timed = [row for row in rows if isinstance(row["items_per_s"], float) and row["unit"] != "pair"]
    if not timed:
        return None
    best = max(timed, key=lambda row: _float(row["items_per_s"]))
    speed = f"{number(best['items_per_s'])}, batches of {best['batch_size']}"
    return (
        f"Most {best['unit']}s a second: {best['provider']} ({speed}){_ties(timed, best, 'fastest_group', 'slower')}."
    )


def _cheapest(rows: Sequence[Row]) -> str | None:
    priced = [row for row in rows if isinstance(row["usd_per_1k_items"], float) and row["unit"] != "pair"]
    if len(priced) < 2:
        return None
    best = min(priced, key=lambda row: _float(row["usd_per_1k_items"]))
    price = f"{usd(1000 * _float(best['usd_per_1k_items']))} for 1M {best['unit']}s"
    return f"Cheapest: {best['provider']} ({price}){_ties(priced, best, 'cheapest_group', 'dearer')}."


def _ties(rows: Sequence[Row], best: Row, group: str, worse: str) -> str:
    """`; not shown to be slower: a, b`, or that passes are too few to say."""
    if len(rows) > 1 and not any(row[group] == 1 for row in rows):
        return "; too few passes to tell it from the others"
    ties = [str(row["provider"]) for row in rows if row[group] == 1 and row is not best]
    return f"; not shown to be {worse}: {_names(ties)}" if ties else ""


def break_even_sentences(found: Sequence[BreakEven]) -> Iterator[str]:
    """`Below 3.1 M texts a month api is cheaper than a machine of $146 a month with local.`, a sentence an API."""
    for api in dict.fromkeys(entry.api for entry in found):
        mine = [entry for entry in found if entry.api == api]
        machine = f"a machine of {usd(mine[0].usd_per_month)} a month with"
        reached = [entry for entry in mine if entry.items_per_month is not None]
        never = [entry.local for entry in mine if entry.items_per_month is None]
        if reached and reached[0].items_per_month is not None:
            below = volume(reached[0].items_per_month)
            yield f"Below {below} texts a month {api} is cheaper than {machine} {_names([e.local for e in reached])}."
        if never:
            yield f"{api} is cheaper than {machine} {_names(never)} at any volume that it can do."


def _all_pairs(rows: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> str | None:
    timed = [row for row in rows if isinstance(row["seconds_at_1000"], float)]
    if not timed:
        return None
    shown = timed if len(timed) <= _MOST_NAMES else [min(timed, key=_seconds), max(timed, key=_seconds)]
    projected, every = at_1000(tables), tables["scaling.csv"]
    parts = []
    for row in shown:
        price = f", {usd(row['usd_at_1000'])}" if isinstance(row["usd_at_1000"], float) else ""
        parts.append(f"{row['provider']} {time_text(projected[row['provider']], every)}{price} ({_count(row)})")
    rough = any(is_rough(projected[row["provider"]], every) for row in shown)
    return f"All pairs of 1,000 texts: {'; '.join(parts)}." + (f" About: {TOO_FEW}." if rough else "")


def _seconds(row: Row) -> float:
    return _float(row["seconds_at_1000"])


def _count(row: Row) -> str:
    if row["pair_predictions_at_1000"]:
        return f"{row['pair_predictions_at_1000']:,} predictions"
    return f"{row['encodes_at_1000']:,} encodes"


def _not_comparable(summary: Sequence[Row]) -> Iterator[str]:
    """`No accuracy for cross: no trained head.`, a sentence a reason."""
    why: dict[str, list[str]] = {}
    for row in summary:
        reason = _INCOMPARABLE.get(str(row["status"]))
        if reason and str(row["provider"]) not in why.setdefault(reason, []):
            why[reason].append(str(row["provider"]))
    for reason, names in why.items():
        yield f"No accuracy for {_names(names)}: {reason}."


def _noisy(rows: Sequence[Row], host: Mapping[str, Any]) -> str | None:
    names = [str(row["provider"]) for row in rows if row["host_state"] == "noisy"]
    if not names:
        return None
    who = (
        "Every provider was"
        if len(names) == len(rows) > 1
        else f"{_names(names)} {'was' if len(names) == 1 else 'were'}"
    )
    checks = f" ({host['noisy']:,} of {host['looks']:,} checks)" if host.get("looks") else ""
    return f"{who} timed on a noisy machine{checks}."


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _float(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else float("-inf")
