"""Every dataset analysed by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    import pandas as pd


from embedmark.derive.accuracy.correlations import DEFAULT_RESAMPLES, analyse_pairs


def analyse(run: MeasuredRun) -> tuple[DatasetAnalysis, ...]:
    """Correlations, intervals and paired differences of every dataset, in suite order."""
    resamples = run.resamples or DEFAULT_RESAMPLES
    frames = {str(name): frame for name, frame in run.raw.scores.groupby("dataset", sort=False)}
    return tuple(_analysis(run, dataset, frames.get(dataset.name), resamples) for dataset in run.datasets)


def _analysis(run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame | None, resamples: int) -> DatasetAnalysis:
    from embedmark.derive.accuracy.captions import analyse_captions, analyse_matrix
    from embedmark.derive.accuracy.retrieval import analyse_retrieval

    if dataset.kind == "retrieval":
        return analyse_retrieval(run, dataset)
    if dataset.kind == "captions":
        return analyse_captions(run, dataset, resamples)
    if dataset.kind == "matrix":
        return analyse_matrix(run, dataset, frame)
    return analyse_pairs(run, dataset, frame, resamples)
