"""The table of a dataset of a few pairs: each pair's score by every provider."""

from __future__ import annotations

from math import isnan
from typing import Final

from embedmark.derive.accuracy.few import FewPairs
from embedmark.language import gettext as _
from embedmark.report.tables.model import Column, DatasetTable
from embedmark.report.text.numbers import correlation
from embedmark.store.texts import Texts

_MOST_CHARACTERS: Final = 30  # of a sentence


def few_table(few: FewPairs, kept: Texts) -> DatasetTable:
    """Return a table of one row a pair.

    Args:
        few: every score of the dataset.
        kept: both texts by pair id, if the run keeps them.
    """
    texts = {pair_id: f"{_short(first)} / {_short(second)}" for pair_id, (first, second) in kept.items()}
    names = [texts.get(pair_id, str(pair_id)) for pair_id in few.pair_ids]
    columns = [few.gold, *(entry.values for entry in few.scores)]
    scores = [tuple(None if isnan(value) else value for value in row) for row in zip(*columns, strict=True)]
    similarities = dict.fromkeys(_what(entry.similarity) for entry in few.scores)
    return DatasetTable(
        heading=_("{name}, each pair: {what}", name=few.dataset, what=_(" or ").join(similarities)),
        columns=(
            Column(_("pair"), numeric=False),
            Column(_("gold")),
            *(Column(entry.provider) for entry in few.scores),
        ),
        rows=tuple((name, *map(correlation, row)) for name, row in zip(names, scores, strict=True)),
        values=tuple((name, *row) for name, row in zip(names, scores, strict=True)),
        notes=(),
        is_matrix=True,
    )


def _what(similarity: str) -> str:
    return _("cosine similarity") if similarity == "cosine" else similarity or _("prediction")


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
