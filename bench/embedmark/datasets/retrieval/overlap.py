"""How much of a query's wording its relevant documents repeat: high where questions were written from the passages."""

from __future__ import annotations

import re
import unicodedata

from embedmark.datasets.model import RetrievalDataset

_WORD = re.compile(r"\w+")


def lexical_overlap(dataset: RetrievalDataset) -> float:
    """Return the mean share of a query's different character pairs that its best relevant document contains.

    Pairs of characters within words serve Korean particles and English endings alike.
    """
    best: dict[int, float] = {}
    pairs = {i: _pairs(text) for i, text in enumerate(dataset.queries)}
    for query, document, grade in dataset.judgements:
        if grade > 0 and pairs[query]:
            share = len(pairs[query] & _pairs(dataset.documents[document])) / len(pairs[query])
            best[query] = max(best.get(query, 0.0), share)
    return sum(best.values()) / len(best) if best else 0.0


def _pairs(text: str) -> set[str]:
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return {word[i : i + 2] for word in words for i in range(max(1, len(word) - 1))}
