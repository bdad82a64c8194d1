"""Where the texts of each pair are among the different texts of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedmark.api.items import role_key
from embedmark.datasets.model import PairDataset

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]


def text_places(dataset: PairDataset) -> Places:
    """Return the places (n, 2) of each pair's texts in `dataset.texts`."""
    if "places" not in dataset.known:
        dataset.known["places"] = _places(dataset)
    found: Places = dataset.known["places"]
    return found


def n_distinct(dataset: PairDataset) -> int:
    """Return how many pairs differ, whatever the order and the roles of their texts."""
    import numpy as np

    if dataset.has_roles:
        pairs = zip(dataset.sentence1, dataset.sentence2, strict=True)
        return len({frozenset(map(str, pair)) for pair in pairs})
    ordered = np.sort(text_places(dataset), axis=1)
    return int(np.unique(ordered[:, 0] * len(dataset.texts) + ordered[:, 1]).size)


def _places(dataset: PairDataset) -> Places:
    import numpy as np

    key = role_key if dataset.has_roles else str
    place = {key(text): i for i, text in enumerate(dataset.texts)}
    found = np.empty((len(dataset), 2), dtype=np.int64)
    for column, side in enumerate((dataset.sentence1, dataset.sentence2)):
        found[:, column] = np.fromiter((place[key(text)] for text in side), np.int64, len(dataset))
    return found
