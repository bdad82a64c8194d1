"""The three or four sentences to decide by; what the faster and the cheaper ones give up is in trades.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from embedmark.derive import Derived
from embedmark.derive.findings import DatasetFinding
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.language import gettext as _
from embedmark.report.sentences.answers import no_accuracy
from embedmark.report.sentences.projections import time_text
from embedmark.report.sentences.scaling import leading, size_of_answer
from embedmark.report.sentences.ties import counted_alike, not_shown_slower
from embedmark.report.sentences.trades import speed, trades
from embedmark.report.sentences.volume import first_year
from embedmark.report.text.names import joined, metric_title
from embedmark.report.text.numbers import or_lowest
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.model import Manifest

BASELINES: Final = ("lexical", "bm25")  # plugins that score without a model
_MOST_APART: Final = 2  # datasets with a sentence of their own; more are named together


def decision(derived: Derived, manifest: Manifest) -> list[str]:
    """Return the sentences, those that matter most first; the first names the best provider."""
    summary = derived.tables["summary.csv"]
    baselines = {entry.name for entry in manifest.providers if entry.plugin in BASELINES}
    # The main metric comes first: the last one may count documents without a judgment, where more is not better.
    found = {finding.dataset: finding for finding in reversed(derived.findings.datasets)}
    ranked = _ranked(derived, manifest)
    firsts = [_Dataset(entry, _scored(summary, entry.name), found.get(entry.name)) for entry in ranked]
    sentences = [text for dataset in firsts if (text := _baseline_wins(dataset, baselines))]
    told = [dataset for dataset in firsts if not _baseline_wins(dataset, baselines)]
    sentences += _most_accurate(told, alone=len(firsts) == 1)
    sentences += [text for dataset in firsts if (text := _common_pairs(dataset))]
    sentences += first_year(derived)
    if firsts:
        first = firsts[0]
        others = [row for row in first.rows if row is not first.best and row.provider not in baselines]
        sentences += trades(first.best, others, first.rows, "" if len(firsts) == 1 else first.name)
    else:
        sentences += _fastest(summary, manifest)
    if "scaling" in manifest.suite.measure.names:
        sentences += _all_pairs(derived.tables)
    failed = [row.provider for row in summary if row.status == "failed"]
    few = {entry.dataset for entry in derived.details.few} - {entry.name for entry in ranked}
    return [
        *sentences,
        *no_accuracy([row for row in summary if row.provider not in failed and row.dataset not in few]),
    ]


def _ranked(derived: Derived, manifest: Manifest) -> list[DatasetFacts]:
    """Return the datasets with a value; not those of a few pairs, which are shown pair by pair, beside others."""
    scored = [entry for entry in manifest.datasets if _scored(derived.tables["summary.csv"], entry.name)]
    few = {entry.dataset for entry in derived.details.few}
    return [entry for entry in scored if entry.name not in few] or scored


class _Dataset:
    """A dataset's rows with a value, the best first."""

    def __init__(self, entry: DatasetFacts, rows: Sequence[SummaryRow], finding: DatasetFinding | None) -> None:
        self.name = entry.name
        self.entry = entry
        self.rows = sorted(rows, key=lambda row: -or_lowest(row.value))
        self.finding = finding
        # Providers are ranked over the pairs that all scored, and `value` is over a provider's own.
        named = finding.best if finding is not None else None
        self.best = next((row for row in self.rows if row.provider == named), self.rows[0])
        self.value = f"{metric_title(self.best.metric)} {or_lowest(self.best.value):.3f}"

    def ties(self) -> list[str]:
        return [row.provider for row in self.rows if row.tie_group == 1 and row is not self.best]


def _scored(summary: Sequence[SummaryRow], dataset: str) -> list[SummaryRow]:
    return [row for row in summary if row.dataset == dataset and row.value is not None]


def _baseline_wins(dataset: _Dataset, baselines: set[str]) -> str | None:
    """Return that a baseline without a model has the highest value, and models were measured as well."""
    name = str(dataset.best.provider)
    models = [row for row in dataset.rows if row.provider not in baselines and row.kind != "fusion"]
    if name not in baselines or not models:
        return None
    values = {"name": name, "dataset": dataset.name, "value": dataset.value}
    if any(row.tie_group == 1 for row in models) or dataset.best.tie_group != 1:
        return _("The no-model baseline wins on {dataset}: no model here is shown to beat {name} ({value}).", **values)
    if _is_korean(dataset.entry):
        return _("The no-model baseline wins on {dataset}: no model here reads Korean, {name} reaches {value}.",
                 **values)  # fmt: skip
    return _("The no-model baseline wins on {dataset}: every model here is shown to be behind {name} ({value}).",
             **values)  # fmt: skip


def _is_korean(entry: DatasetFacts) -> bool:
    return (entry.letters or "").startswith("Korean")


def _most_accurate(datasets: Sequence[_Dataset], alone: bool) -> list[str]:
    if len(datasets) > _MOST_APART:
        by_best: dict[str, list[str]] = {}
        for dataset in datasets:
            by_best.setdefault(str(dataset.best.provider), []).append(f"{dataset.name} ({dataset.value})")
        return [
            _("{name} is the most accurate on {datasets}.", name=name, datasets=joined(places))
            for name, places in by_best.items()
        ]
    return [_best_on(dataset, alone) for dataset in datasets]


def _best_on(dataset: _Dataset, alone: bool) -> str:
    values = {"name": dataset.best.provider, "value": dataset.value, "dataset": dataset.name}
    needed = dataset.finding.needed if dataset.finding is not None else None
    if needed is not None:
        return _(
            "{name} has the highest value on {dataset} ({value}), but no test can call it best: that takes {needed:,} "
            "pairs or queries.",
            **values,
            needed=needed,
        )
    if len(dataset.rows) == 1:
        return _("{name} reaches {value} on {dataset}.", **values)
    ties = dataset.ties()
    if ties:
        names = joined(ties)
        if alone:
            return _("{name} is the most accurate ({value}); not shown to be worse: {names}.", **values, names=names)
        return _(
            "{name} is the most accurate on {dataset} ({value}); not shown to be worse: {names}.", **values, names=names
        )
    if alone:
        return _("{name} is the most accurate ({value}).", **values)
    return _("{name} is the most accurate on {dataset} ({value}).", **values)


def _common_pairs(dataset: _Dataset) -> str:
    """Return over what providers are ranked, where one lost pairs that others scored; else nothing."""
    if dataset.finding is None or dataset.finding.ranked_over is None:
        return ""
    return _(
        "On {dataset}, providers are ranked over the {n:,} pairs that all of them scored; the table shows each "
        "provider's value over its own pairs.",
        dataset=dataset.name, n=dataset.finding.ranked_over,
    )  # fmt: skip


def _fastest(summary: Sequence[SummaryRow], manifest: Manifest) -> Iterator[str]:
    """Yield who is fastest, for a run that measured no accuracy."""
    datasets = [entry.name for entry in manifest.datasets]
    rows = [row for row in summary if row.dataset in datasets[:1] and row.items_per_s is not None]
    timed = counted_alike(rows)
    if timed:
        best = max(timed, key=lambda row: or_lowest(row.items_per_s))
        ties = not_shown_slower(timed, best)
        yield _("{name} is the fastest ({speed}){ties}.", name=best.provider, speed=speed(best), ties=ties)


def _all_pairs(tables: Tables) -> Iterator[str]:
    rows, _facts = leading(tables)
    if not rows:
        return
    n, every = size_of_answer(rows), tables["scaling.csv"]
    parts = []
    for row in rows:
        if row.n == n and row.seconds is not None:
            parts.append(f"{row.provider} {time_text(row, every)}")
    if parts:
        yield _("All pairs of {n:,} texts: {times}.", n=n, times="; ".join(parts))
