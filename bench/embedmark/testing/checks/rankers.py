"""Rankers: what `search` returns for documents that `index` was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from embedmark.calls.replies import rankings_of
from embedmark.errors import BadResponseError, EmbedmarkError
from embedmark.language import translatable
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.probes import EMOJI, NFC, NFD, SMALL, TEXTS
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped

_DOCUMENTS = (*TEXTS, *SMALL, *EMOJI, *NFC, *NFD)
_QUERIES = TEXTS[:8]
_DEPTH = 5
_UNKNOWN = "zxqv wvjk"


def index(subject: Subject) -> str:
    _index(subject, _DOCUMENTS)
    return translatable(f"{len(_DOCUMENTS)} documents")


def shape(subject: Subject) -> str:
    found = _search(subject, _QUERIES, _DEPTH)
    if (found[..., 0] >= len(_DOCUMENTS)).any():
        raise CheckFailed(f"search() returned document {int(np.nanmax(found[..., 0]))} of {len(_DOCUMENTS)}")
    return f"{int(np.isfinite(found[..., 0]).sum())} documents for {len(_QUERIES)} queries"


def best_first(subject: Subject) -> str:
    """Scores fall along a row, and padding is at its end."""
    scores = _search(subject, _QUERIES, _DEPTH)[..., 1]
    filled = np.where(np.isnan(scores), -np.inf, scores)
    with np.errstate(invalid="ignore"):
        rises = (filled[:, 1:] > filled[:, :-1]).any(axis=1)
    if rises.any():
        raise CheckFailed(f"the scores of query {int(np.flatnonzero(rises)[0])} rise: the best document comes first")
    return ""


def more_than_there_are(subject: Subject) -> str:
    found = _search(subject, _QUERIES, len(_DOCUMENTS) + 10)
    return f"at most {int(np.isfinite(found[..., 0]).sum(axis=1).max())} of {len(_DOCUMENTS)} documents found"


def same_again(subject: Subject) -> str:
    _same(_search(subject, _QUERIES, _DEPTH), _search(subject, _QUERIES, _DEPTH), "the same search twice differs")
    return ""


def one_by_one(subject: Subject) -> str:
    singles = [_search(subject, [query], _DEPTH) for query in _QUERIES]
    together = _search(subject, _QUERIES, _DEPTH)
    _same(together, np.concatenate(singles), "queries in one call and one by one find different documents")
    return ""


def row_order(subject: Subject) -> str:
    forth, back = _search(subject, _QUERIES, _DEPTH), _search(subject, _QUERIES[::-1], _DEPTH)
    _same(forth, back[::-1], "rows are not in the order of the queries")
    return ""


def unknown_words(subject: Subject) -> str:
    found = _search(subject, [_UNKNOWN, ""], _DEPTH)
    return f"{int(np.isfinite(found[..., 0]).sum())} documents found for unknown words and the empty query"


def replaced(subject: Subject) -> str:
    """Check that a second index() forgets the first."""
    _index(subject, _DOCUMENTS[:3])
    found = _search(subject, _QUERIES, _DEPTH)[..., 0]
    if (found >= 3).any():
        raise CheckFailed("index() was called again with 3 documents, and search() still finds others")
    _index(subject, _DOCUMENTS)
    return ""


def empty_document(subject: Subject) -> str:
    try:
        _index(subject, [*_DOCUMENTS, "", "  "])
    except EmbedmarkError as error:
        raise CheckFailed(f"index() refuses an empty document: {error.message}; index it as empty") from None
    _search(subject, _QUERIES, _DEPTH)
    return ""


def index_bytes(subject: Subject) -> str:
    size = getattr(subject.provider, "index_bytes", None)
    if size is None:
        raise CheckSkipped("it has no index_bytes(): reports leave the size of its index empty")
    found = size()
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 0):
        raise CheckFailed(f"index_bytes() returned {found!r}, not a number of bytes")
    return f"{found} bytes"


def _index(subject: Subject, documents: Sequence[str]) -> None:
    name = subject.method.replace("search", "index")
    function = getattr(subject.provider, name)
    with subject.watch.over(f"{name}()"):
        if name == "aindex":
            subject.wait(lambda: function(list(documents)))
        else:
            function(list(documents))


def _search(subject: Subject, queries: Sequence[str], k: int) -> npt.NDArray[np.float64]:
    function: Any = getattr(subject.provider, subject.method)
    with subject.watch.over(f"{subject.method}()"):
        is_async = subject.method == "asearch"
        reply = subject.wait(lambda: function(list(queries), k)) if is_async else function(list(queries), k)
    try:
        return rankings_of(reply, len(queries), k)
    except BadResponseError as error:
        raise CheckFailed(error.message) from None


def _same(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], otherwise: str) -> None:
    """Compare scores, and not places: documents of one score may come in any order."""
    if not np.allclose(a[..., 1], b[..., 1], rtol=1e-5, atol=1e-9, equal_nan=True):
        raise CheckFailed(otherwise)


_NEEDS = ("index", "shape of rankings")
RANKER = Group(
    "rankings",
    (
        Check("index", index, needs=("load",)),
        Check("shape of rankings", shape, needs=("index",)),
        Check("best first", best_first, needs=_NEEDS),
        Check("k above the corpus", more_than_there_are, needs=_NEEDS),
        Check("same search, same result", same_again, needs=_NEEDS),
        Check("one query and many", one_by_one, needs=_NEEDS),
        Check("order of queries", row_order, needs=_NEEDS),
        Check("unknown words", unknown_words, needs=_NEEDS),
        Check("index again", replaced, needs=_NEEDS),
        Check("empty document", empty_document, needs=_NEEDS),
        Check("index_bytes", index_bytes, needs=("index",)),
    ),
)
