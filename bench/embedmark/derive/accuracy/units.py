"""Which pairs of a dataset share texts, as the raw rows tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedmark.derive.run import DatasetEntry, MeasuredRun, numbers

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Units


def units_of(run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame, ids: pd.Index[Any]) -> Units:
    """Return what is independent among the pairs `ids` of a dataset, given its rows of scores.csv.

    The texts of a pair are text1 and text2. Pairs with an image are named IMAGE:TEXT. Runs of earlier versions have
    neither, and then the texts that the manifest may keep decide; without them all pairs count as independent.
    """
    import numpy as np

    from embedmark.stats import Units

    rows = frame.drop_duplicates("pair_id").set_index("pair_id").reindex(ids)
    first, second = numbers(rows, "text1"), numbers(rows, "text2")
    if not (np.isnan(first) | np.isnan(second)).any():
        return Units.of_pairs(first, second)
    if dataset.kind == "graded":
        split = [str(pair_id).partition(":") for pair_id in ids]
        return Units.of_pairs(
            np.array([f"image {image}" for image, _, _ in split]), np.array([f"text {text}" for _, _, text in split])
        )
    kept = _kept_texts(run, dataset)
    if kept is not None and set(ids) <= set(kept):
        texts = [kept[pair_id] for pair_id in ids]
        return Units.of_pairs(np.array([a for a, _ in texts]), np.array([b for _, b in texts]))
    return Units.independent(len(ids))


def _kept_texts(run: MeasuredRun, dataset: DatasetEntry) -> dict[str, tuple[str, str]] | None:
    """Return both texts of each pair by its id, if the suite says `keep_text: true`."""
    entry = run.raw.manifest.dataset(dataset.name)
    texts = entry.texts if entry else None
    if not texts:
        return None
    return dict(zip(texts["pair_id"], zip(texts["sentence1"], texts["sentence2"], strict=True), strict=True))
