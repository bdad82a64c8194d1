"""Vectors that do not tell their texts apart: the same for many, or another text's where a text is sent alone."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from embedmark.api.items import Query
from embedmark.datasets import Dataset
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices import texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_MOST = 2000  # texts that are looked at
_FEWEST = 8  # constant predictions are told for fewer
# A server that mixes up every other batch makes half of the texts alike. A model does so with texts of the same words
# (a bag of words), which are not counted as different, and with the few whose words it does not know.
_SHARE = 1 / 3
_WORDS = re.compile(r"\w+")
# Relative to the longest vector: float32 of the same text differs by less from batch to batch.
_DECIMALS = 5
# In bfloat16 or int8 a text alone may differ by 0.01 to 0.02; it is still nearest to itself.
_MARGIN = 0.01


def warn_of_alike(
    target: Target, dataset: Dataset, items: Sequence[Any], vectors: Vectors, recorder: Recorder, *,
    tell_same: bool = True,
) -> None:  # fmt: skip
    """Warn if many different texts, or images, have one vector, or if the first call got another text's vector.

    Args:
        items: different texts or images.
        vectors: float32 (n, d), a row an item. Rows that are zero or not finite are left out: they have their own
            warnings.
        tell_same: False leaves out the first warning, where only a part of the pass is here.
    """
    import numpy as np

    some = vectors[:_MOST]
    good = np.flatnonzero(np.isfinite(some).all(axis=1) & some.any(axis=1)).tolist()
    same = n_alike([items[place] for place in good], some[good])
    if len(good) >= _FEWEST and same > _SHARE * len(good):
        what = "texts" if isinstance(items[0], str) else "images"
        if tell_same:
            recorder.warn(texts.same_vectors(target.name, dataset.name, same=same, of=len(good), what=what))
        return
    place = _place_of(target.alone[0], items) if target.alone is not None else None
    if target.alone is None or place is None or not np.isfinite(vectors[place]).all():
        return
    own_words = words_of_item(items[place])
    others = [other for other in good if other != place and words_of_item(items[other]) != own_words]
    cosines = _cosines(target.alone[1], vectors[[place, *others]])
    own, other = float(cosines[0]), float(cosines[1:].max(initial=-1.0))
    if other > own + _MARGIN:
        recorder.warn(texts.differs_alone(target.name, dataset.name, own=own, other=other))


def n_alike(items: Sequence[Any], vectors: Vectors) -> int:
    """Return how many items have the vector of an item of other words; images have no words, and all differ.

    >>> import numpy as np
    >>> n_alike(["a dog", "A dog!", "a cat", "a tree"], np.array([[1, 2], [1, 2], [3, 4], [3, 4]], dtype=np.float32))
    2
    """
    import numpy as np

    longest = float(np.linalg.norm(vectors.astype(np.float64), axis=1).max(initial=0.0)) or 1.0
    rounded = np.round(vectors.astype(np.float64) / longest, _DECIMALS) + 0.0  # no -0.0
    groups: dict[bytes, list[int]] = {}
    for place, row in enumerate(rounded):
        groups.setdefault(row.tobytes(), []).append(place)
    shared = (places for places in groups.values() if len(places) > 1)
    return sum(len(places) for places in shared if _n_different(items[place] for place in places) > 1)


def _n_different(items: Iterable[Any]) -> int:
    return len({words_of_item(item) for item in items})


def words_of_item(item: Any) -> Hashable:
    """Return the words of a text, whatever their order; an image is another one than all others."""
    return frozenset(_WORDS.findall(item.casefold())) if isinstance(item, str) else id(item)


def _place_of(text: Any, items: Sequence[Any]) -> int | None:
    """Return where a text is among items, in the same role; None for an image or a text that is not there."""
    if not isinstance(text, str):
        return None
    is_query = isinstance(text, Query)
    return next((i for i, item in enumerate(items) if item == text and isinstance(item, Query) == is_query), None)


def _cosines(vector: Vectors, rows: Vectors) -> npt.NDArray[np.float64]:
    """Return the cosines of a vector with rows; 0 where one of both is zero, 1 for a row that is not finite."""
    import numpy as np

    one, many = vector.astype(np.float64), rows.astype(np.float64)
    lengths = np.linalg.norm(one) * np.linalg.norm(many, axis=1)
    cosines = np.divide(many @ one, lengths, out=np.zeros(len(many)), where=lengths > 0)
    result: npt.NDArray[np.float64] = np.where(np.isfinite(cosines), cosines, 1.0)
    return result
