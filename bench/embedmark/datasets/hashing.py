"""One hash for what a dataset says, whatever file said it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence

_MAGIC = b"embedmark-pairs-1\n"
_BLOCK = 4096  # pairs that are put together before they are hashed


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
    rows = zip(pair_ids, sentence1, sentence2, gold, strict=True)
    while block := list(itertools.islice(rows, _BLOCK)):
        digest.update(_joined([text for *row, score in block for text in (*row, repr(float(score)))]))
    return digest.hexdigest()


def _joined(texts: Sequence[str]) -> bytes:
    if all(map(str.isascii, texts)):
        return "".join([f"{len(text)}:{text}" for text in texts]).encode("ascii")
    return b"".join([b"%d:%b" % (len(data), data) for data in map(str.encode, texts)])


def fingerprint_images(kind: str, pairs: Iterable[tuple[str, str, float]]) -> str:
    """SHA-256 over what a dataset with images says, as 64 hex digits: the images' bytes count, their names do not.

    The bytes hashed are `embedmark-images-1\\n`, the kind, then for every pair in order three strings: the hex
    SHA-256 of the image's file, the text, and `repr` of the score (`nan` where there is none), each as in
    `fingerprint`.

    Args:
        kind: `captions`, `graded` or `matrix`.
        pairs: hash of the image, text, score.

    Raises:
        ValueError: a text holds a lone surrogate and so has no UTF-8 form.
    """
    digest = hashlib.sha256(b"embedmark-images-1\n")
    _add(digest, kind)
    for image, text, score in pairs:
        for part in (image, text, repr(float(score))):
            _add(digest, part)
    return digest.hexdigest()


def fingerprint_retrieval(
    queries: tuple[Sequence[str], Sequence[str]],
    documents: tuple[Sequence[str], Sequence[str]],
    judged: Iterable[tuple[int, int, float]],
) -> str:
    """Return the SHA-256 over what a retrieval dataset says, as 64 hex digits.

    The bytes hashed are `embedmark-retrieval-1\\n`, then for queries and for documents their number and each id and
    text, then for every judgement the places of query and document, from 0, and `repr` of the grade; each string as in
    `fingerprint`.

    Args:
        queries, documents: ids and texts.
        judged: places of query and document, and the grade.

    Raises:
        ValueError: a text holds a lone surrogate and so has no UTF-8 form.
    """
    digest = hashlib.sha256(b"embedmark-retrieval-1\n")
    for ids, texts in (queries, documents):
        _add(digest, str(len(ids)))
        for identifier, text in zip(ids, texts, strict=True):
            _add(digest, identifier)
            _add(digest, text)
    for query, document, grade in judged:
        for part in (str(query), str(document), repr(float(grade))):
            _add(digest, part)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, text: str) -> None:
    data = text.encode("utf-8")
    digest.update(b"%d:" % len(data))
    digest.update(data)
