"""One hash for what a dataset says, whatever file said it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

_MAGIC = b"embedmark-pairs-1\n"


def fingerprint(
    pair_ids: Sequence[str], sentence1: Sequence[str], sentence2: Sequence[str], gold: Iterable[float]
) -> str:
    """SHA-256 over ids, texts and scores, as 64 hex digits.

    The bytes hashed are `embedmark-pairs-1\\n`, then for every pair in order four strings: id, sentence 1,
    sentence 2, and `repr` of the score as a float64. Each string is its UTF-8 bytes behind their number in
    ASCII digits and a colon (a netstring without its comma). Lengths make the encoding injective: no two
    different datasets give the same bytes. Texts are hashed as they are, without Unicode normalisation.

    Args:
        pair_ids, sentence1, sentence2, gold: of one length.

    Raises:
        ValueError: the lengths differ, or a text holds a lone surrogate and so has no UTF-8 form.
    """
    digest = hashlib.sha256(_MAGIC)
    for identifier, first, second, score in zip(pair_ids, sentence1, sentence2, gold, strict=True):
        for text in (identifier, first, second, repr(float(score))):
            data = text.encode("utf-8")
            digest.update(b"%d:" % len(data))
            digest.update(data)
    return digest.hexdigest()
