"""What a dataset is once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True)
class PairDataset:
    """Sentence pairs with a gold score each, in the file's order.

    Attributes:
        name: the label in every table, such as `stsb/test`.
        pair_ids: one a pair, unique; the number of the record in its file, counted from 1.
        sentence1, sentence2: the texts, exactly as in the file.
        gold: float64, shape (n,), finite.
        sha256: hex digest over ids, texts and scores: the same pairs have the same hash, whatever file they came in.
        source: the file or package that it was read from, for the manifest.
        file_sha256: hex digest of that file's bytes.
        licence: where known.
        notes: what a reader of the results should know (rows that other tools drop, and the like).
    """

    name: str
    pair_ids: tuple[str, ...]
    sentence1: tuple[str, ...]
    sentence2: tuple[str, ...]
    gold: npt.NDArray[np.float64]
    sha256: str
    source: str
    file_sha256: str
    licence: str | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pair_ids)
