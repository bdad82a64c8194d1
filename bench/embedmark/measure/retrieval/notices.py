"""What a search left out, as warnings."""

from __future__ import annotations

from embedmark.datasets import RetrievalDataset
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.sources import Source, VectorSource
from embedmark.notices import Notice


def warn_of_unfound(label: str, dataset: RetrievalDataset, source: Source, unfound: int, recorder: Recorder) -> None:
    """Warn of judged documents that vectors could not rank: those of a ranker were simply not found."""
    if not unfound or not isinstance(source, VectorSource):
        return
    recorder.warn(
        Notice(
            "no-score",
            f"{label} gave no score to {unfound:,} of {len(dataset.grades):,} judged documents of {dataset.name} "
            "(a vector that is zero or not finite)",
            "they count as not found; empty texts are the usual cause",
            {"provider": label, "dataset": dataset.name, "documents": unfound},
        )
    )
