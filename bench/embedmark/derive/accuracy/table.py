"""accuracy.csv: one row a provider, dataset, slice, similarity and metric.

Sentence pairs and graded image-text pairs: Spearman and Pearson against gold; of cross-encoders also
`mean_asymmetry`, in units of the score: how far the order of the two sentences moves it. Captions: recall at 1, 5 and
10, one slice a direction. Retrieval: nDCG, recall, MRR and hits at each depth, precision at 1, average precision, and
`unjudged_at_10`, the mean number of documents among the first 10 that nobody judged. A matrix: every similarity, one
slice (`IMAGE:TEXT`) a cell. Where an entry says `by:`, each value of such a column is a slice (`genre=news`) beside
`all`. Where the suite averages datasets, dataset `average` has the mean of their main metric, and its slice names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from embedmark.derive.accuracy.asymmetry import METRIC, asymmetry
from embedmark.derive.accuracy.average import average_rows
from embedmark.derive.accuracy.correlations import DEFAULT_RESAMPLES
from embedmark.derive.accuracy.model import METRICS, DatasetAnalysis, ScoredColumn
from embedmark.derive.accuracy.slices import slices_of
from embedmark.derive.rows.quality import AccuracyRow
from embedmark.derive.run import MeasuredRun, real


def accuracy_table(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...]) -> list[AccuracyRow]:
    """Return rows by dataset, provider, similarity (the model's own first) and metric; none where none was wanted."""
    wanted = [analysis for analysis in analyses if run.measures(analysis.dataset.measure)]
    draws = run.resamples or DEFAULT_RESAMPLES
    rows: list[AccuracyRow] = []
    for analysis in wanted:
        rows += _rows(run, analysis)
        for part in slices_of(run, analysis, draws):
            rows += _rows(run, part)
    return [*rows, *average_rows(run, wanted)]


def _rows(run: MeasuredRun, analysis: DatasetAnalysis) -> Iterator[AccuracyRow]:
    tied = analysis.tied()
    for column in analysis.columns:
        for metric in [metric for metric in analysis.metrics if metric in column.values]:
            leads = column.primary and metric == analysis.main and column.provider.name in tied
            yield _row(run, analysis, column, metric, 1 if leads else None)
        whole = column.slice == "all" and column.provider.is_cross
        found = asymmetry(run, column.provider, analysis.dataset) if whole else None
        if found is not None:
            low, high = found.interval or (None, None)
            yield replace(
                _row(run, analysis, column, METRICS[0], None),
                metric=METRIC,
                n_scored=found.n_scored,
                value=found.mean,
                ci_low=low,
                ci_high=high,
                status="ok",
            )


def _row(
    run: MeasuredRun, analysis: DatasetAnalysis, column: ScoredColumn, metric: str, tie_group: int | None
) -> AccuracyRow:
    low, high = column.intervals.get(metric) or (None, None)
    return AccuracyRow(
        **column.provider.labels(),
        dataset=analysis.dataset.name,
        slice=column.slice,
        n_pairs=analysis.dataset.n_pairs,
        n_scored=column.n_scored,
        similarity=column.similarity or None,
        metric=metric,
        value=real(column.values[metric]),
        ci_low=low,
        ci_high=high,
        tie_group=tie_group,
        truncated_texts=run.tokens(column.provider.name, analysis.dataset.name).truncated_texts,
        status=column.statuses.get(metric, column.status),
    )
