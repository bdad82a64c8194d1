"""`bm25`: search by the words that a query and a document share, on bm25s. Is an embedding better than that?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embedmark.api import ProviderInfo, Rankings
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _disk
from embedmark_providers._tokenizers import TOKENIZERS, Tokenize, fitting, kiwi, words, words_and_bigrams

if TYPE_CHECKING:
    import bm25s
    import numpy as np
    import numpy.typing as npt

_METHODS = ("lucene", "robertson", "atire", "bm25+", "bm25l")


class Bm25Provider:
    """Okapi BM25 over words, or over words and character pairs. It returns only documents that share a term.

    Options:
        tokenizer: `words`, `words+bigrams`, or `kiwi` (Korean morphemes; needs kiwipiepy). Default: `words+bigrams`
            where the documents are Korean, Japanese or Chinese, else `words`.
        k1: how soon a repeated term stops to count, 0 or more.
        b: how much a long document is held back, 0 to 1.
        method: variant of the formula, as bm25s names it: `lucene`, `robertson`, `atire`, `bm25+` or `bm25l`.
    """

    def __init__(
        self, *, tokenizer: str | None = None, k1: float = 1.5, b: float = 0.75, method: str = "lucene"
    ) -> None:
        _disk.require("retrieval", "bm25s")
        _check(tokenizer, k1, b, method)
        if tokenizer == "kiwi":
            _disk.require("kiwi", "kiwipiepy")
        self._tokenizer = tokenizer
        self._options = {"k1": float(k1), "b": float(b), "method": method}
        self._kiwi: Tokenize | None = None
        self._loaded = False
        self._index: bm25s.BM25 | None = None
        self._vocabulary: dict[str, int] = {}
        self._n = 0
        self._used: str | None = tokenizer
        self._info = ProviderInfo(
            plugin="bm25",
            model=tokenizer or "auto",
            kind="ranker",
            device="cpu",
            recipe={"tokenizer": tokenizer or "by script", **self._options},
        )

    @property
    def info(self) -> ProviderInfo:
        """All of it is known from the start; observed() names the tokenizer that the documents decide."""
        return self._info

    def load(self) -> None:
        """Import bm25s, and Kiwi's model where it is asked for."""
        import bm25s  # noqa: F401

        if self._tokenizer == "kiwi":
            self._kiwi = kiwi()
        self._loaded = True

    def index(self, documents: Sequence[str]) -> None:
        """Cut the documents into terms and count them. Raises ProviderError before load()."""
        import bm25s
        from bm25s.tokenization import Tokenized

        if not self._loaded:
            raise ProviderError("the bm25 provider is not loaded", hint="call load() first")
        self._used = self._tokenizer or fitting(documents)
        self._n, self._vocabulary, self._index = len(documents), {}, None
        place = self._vocabulary.setdefault
        ids = [[place(term, len(self._vocabulary)) for term in self._terms(document)] for document in documents]
        if not self._vocabulary:  # bm25s cannot build an index of nothing
            return
        index = bm25s.BM25(**self._options)
        index.index(Tokenized(ids=ids, vocab=self._vocabulary), show_progress=False)
        self._index = index

    def search(self, queries: Sequence[str], k: int) -> Rankings:
        """Return the documents with the highest scores, at most `k`; of equal scores the earlier one first."""
        import numpy as np

        if not self._loaded:
            raise ProviderError("the bm25 provider is not loaded", hint="call load() first")
        depth = min(k, self._n)
        documents = np.full((len(queries), depth), -1, dtype=np.int64)
        scores = np.zeros((len(queries), depth), dtype=np.float32)
        for row, query in enumerate(queries):
            found = self._scores(query)
            best = _best(found, depth)
            documents[row, : len(best)] = best
            scores[row, : len(best)] = found[best]
        return Rankings(documents, scores)

    def index_bytes(self) -> int:
        """Return the bytes of the score matrix and of the vocabulary's terms."""
        terms = sum(len(term.encode("utf-8", "surrogatepass")) for term in self._vocabulary)
        arrays = () if self._index is None else (self._index.scores[name] for name in ("data", "indices", "indptr"))
        return terms + sum(int(array.nbytes) for array in arrays)

    def observed(self) -> Mapping[str, Any]:
        """Return the tokenizer that the documents decided, and how many different terms they have."""
        return {"tokenizer": self._used, "terms": len(self._vocabulary)} if self._n else {}

    def close(self) -> None:
        """Forget the index."""
        self._index, self._vocabulary, self._kiwi = None, {}, None
        self._loaded = False

    def _terms(self, text: str) -> list[str]:
        if self._kiwi is not None:
            return self._kiwi(text)
        return words_and_bigrams(text) if self._used == "words+bigrams" else words(text)

    def _scores(self, query: str) -> npt.NDArray[np.float32]:
        import numpy as np

        known = [self._vocabulary[term] for term in self._terms(query) if term in self._vocabulary]
        if self._index is None or not known:
            return np.zeros(self._n, dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._index.get_scores_from_ids(np.array(known))
        return scores


def _best(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return the places of the `k` highest scores above 0, falling; of equal scores the earlier place first."""
    import numpy as np

    places = np.flatnonzero(scores > 0)
    if len(places) > k:
        least = np.partition(scores[places], len(places) - k)[len(places) - k]
        places = places[scores[places] >= least]
    best: npt.NDArray[np.int64] = places[np.argsort(-scores[places], kind="stable")][:k]
    return best


def _check(tokenizer: object, k1: object, b: object, method: object) -> None:
    if tokenizer is not None and tokenizer not in TOKENIZERS:
        raise UsageError(
            f"tokenizer is {tokenizer!r}", where="options.tokenizer", hint=f"one of: {', '.join(TOKENIZERS)}"
        )
    if method not in _METHODS:
        raise UsageError(f"method is {method!r}", where="options.method", hint=f"one of: {', '.join(_METHODS)}")
    for name, value, most in (("k1", k1, float("inf")), ("b", b, 1.0)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            limit = "0 or more" if name == "k1" else "from 0 to 1"
            raise UsageError(f"{name} is {value!r}", where=f"options.{name}", hint=f"give a number {limit}")
