"""What is said under a dataset's table of its slices, of averages, and of scores that others published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from embedmark.derive.rows.quality import AccuracyRow, SummaryRow
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.text.names import metric_title
from embedmark.report.text.numbers import correlation, interval
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.entries import TokenFacts

# Published values have two decimals: half of the last one, and as much again for other machines' last bits.
_ROUNDING = 0.01


def slice_notes(accuracy: Sequence[AccuracyRow], dataset: str, main: str) -> list[str]:
    """Return a note for each slice of a dataset: its pairs, its leaders, every provider's value and interval."""
    rows = [row for row in accuracy if row.dataset == dataset and "=" in (row.slice or "") and row.metric == main]
    notes = []
    for name in dict.fromkeys((row.slice or "") for row in rows):
        own = [row for row in rows if row.slice == name and row.value is not None]
        if not own:
            notes.append(_("{name}: no provider has a value here", name=name))
            continue
        shown = ", ".join(f"{row.provider} {_value(row)}" for row in own)
        notes.append(
            _(
                "{name}, {n_pairs:,} pairs: {shown}{apart}",
                name=name,
                n_pairs=own[0].n_pairs,
                shown=shown,
                apart=_apart(own),
            )
        )
    return notes


def average_answers(accuracy: Sequence[AccuracyRow]) -> list[str]:
    """Return a sentence on the average of datasets, if the suite has one."""
    rows = [row for row in accuracy if row.dataset == "average" and row.value is not None]
    if not rows:
        return []
    names = (rows[0].slice or "").replace("+", ", ")
    shown = ", ".join(f"{row.provider} {_value(row)}" for row in rows)
    return [
        _(
            "Average of {names} ({metric}): {shown}{apart}.",
            names=names,
            metric=metric_title(rows[0].metric),
            shown=shown,
            apart=_apart(rows),
        )
    ]


def token_notes(dataset: DatasetFacts, tokens: Mapping[str, Mapping[str, TokenFacts]]) -> list[str]:
    """Return a note on the tokens that each provider makes of a character, where texts are not in Latin letters.

    Args:
        dataset: of the manifest.
        tokens: the manifest's, by provider and dataset.
    """
    letters, characters = dataset.letters or "", dataset.characters
    if not characters or not letters or letters.startswith("Latin"):
        return []
    shown = []
    for provider, counts in tokens.items():
        count = counts.get(dataset.name)
        # Of pairs, a cross-encoder's, every text counts as often as it is read.
        if count is not None and count.n_texts is not None and count.read is not None:
            shown.append(f"{provider} {(count.read + (count.truncated_tokens or 0)) / characters:.2f}")
    named = ", ".join(map(from_english, letters.split(", ")))
    return [_("tokens a character ({letters}): {shown}", letters=named, shown=", ".join(shown))] if shown else []


def published_notes(dataset: DatasetFacts, rows: Sequence[SummaryRow]) -> list[str]:
    """Return a note for each provider whose model has a published score on this dataset."""
    return list(_published(dataset, rows))


def _published(dataset: DatasetFacts, rows: Sequence[SummaryRow]) -> Iterator[str]:
    for row in rows:
        value = row.spearman
        if row.kind != "bi-encoder" or value is None:
            continue
        for reference in dataset.published:
            if _folded(reference.model) in _names_of(row.model):
                apart = 100 * value - float(reference.value)
                mark = _(": apart by {apart:+.2f}, more than rounding", apart=apart) if abs(apart) > _ROUNDING else ""
                yield (
                    _(
                        "{provider}: published {value:.2f} ({model}, Spearman times 100, {source}), measured "
                        "{value2:.2f}{mark}",
                        provider=row.provider,
                        value=reference.value,
                        model=reference.model,
                        source=reference.source,
                        value2=100 * value,
                        mark=mark,
                    )
                )


def _names_of(model: str) -> set[str]:
    """Return what a model may be called: the end of its hub id or path, or the package that it comes in."""
    scheme, colon, rest = model.partition(":")
    if colon and scheme == "package":
        return {_folded(rest.partition("/")[0].removeprefix("gt_"))}
    return {_folded((rest if colon else model).rstrip("/").rpartition("/")[2])}


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _value(row: AccuracyRow) -> str:
    between = interval(row.ci_low, row.ci_high)
    value = correlation(row.value)
    return f"{value} {between}" if row.ci_low is not None else value


def _apart(rows: Sequence[AccuracyRow]) -> str:
    """Who is shown to be behind the best, where a test could tell."""
    if not any(row.tie_group == 1 for row in rows):
        return ""
    behind = [row.provider for row in rows if row.tie_group != 1]
    return (
        _("; shown to be behind the best: {behind}", behind=", ".join(behind))
        if behind
        else _("; none is shown to be behind the best")
    )
