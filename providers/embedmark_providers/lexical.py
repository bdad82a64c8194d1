"""`lexical`: a stateless baseline of hashed words and character n-grams. What does a trivial method reach?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _disk

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import HashingVectorizer

_WORD = r"(?u)\w+"  # scikit-learn's default leaves out words of one character, of which Korean has many


class LexicalProvider:
    """Which words and character n-grams a text holds, hashed with signs into `dim` columns, at length 1.

    Nothing is learned or remembered (scikit-learn's HashingVectorizer with binary counts), so a vector depends on its
    text alone. Character n-grams stay within words, so that they serve Korean particles and English endings alike.
    The defaults were chosen on the dev splits, never on test. Spearman of the cosine, all 1,500 pairs, words and
    n-grams of 2 to 4 characters: STS-B dev 0.740, KorSTS dev 0.633 at dim 1024; 0.725 and 0.626 at dim 16384.

    Options:
        dim: number of columns, 2 or more.
        min_chars: shortest character n-gram.
        max_chars: longest character n-gram.

    A text of nothing but white space (the empty string too) becomes the zero vector.
    """

    def __init__(self, *, dim: int = 1024, min_chars: int = 2, max_chars: int = 4) -> None:
        _disk.require("lexical", "sklearn")
        for option, value in (("dim", dim), ("min_chars", min_chars), ("max_chars", max_chars)):
            _disk.check_positive(option, value)
        if dim < 2:
            raise UsageError("dim is 1: every cosine would be 1 or -1", where="options.dim", hint="give 2 or more")
        if min_chars > max_chars:
            raise UsageError(
                f"min_chars {min_chars} is above max_chars {max_chars}", where="options", hint="min_chars <= max_chars"
            )
        self._dim = dim
        self._chars = (min_chars, max_chars)
        self._vectorizer: HashingVectorizer | None = None
        self._info = ProviderInfo(
            plugin="lexical",
            model=f"words+char_wb({min_chars},{max_chars})",
            kind="bi-encoder",
            dim=dim,
            device="cpu",
            recipe={"dim": dim, "words": 1, "min_chars": min_chars, "max_chars": max_chars, "binary": True},
        )

    @property
    def info(self) -> ProviderInfo:
        """All of it is known from the start."""
        return self._info

    def load(self) -> None:
        """Import scikit-learn and build the vectoriser."""
        from sklearn.feature_extraction.text import HashingVectorizer

        self._vectorizer = HashingVectorizer(
            analyzer=_analyzer(self._chars), n_features=self._dim, binary=True, norm="l2", dtype="float32"
        )

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, dim), dense, of length 1; the zero vector for a text without features."""
        import numpy as np

        if self._vectorizer is None:
            raise ProviderError("the lexical provider is not loaded", hint="call load() first")
        if not texts:
            raise ProviderError("encode() needs at least one text")
        return Embeddings(self._vectorizer.transform(texts).toarray().astype(np.float32, copy=False))

    def close(self) -> None:
        """Forget the vectoriser."""
        self._vectorizer = None


def _analyzer(chars: tuple[int, int]) -> Callable[[str], list[str]]:
    """Return a function from a text to its features: words marked as such, and character n-grams within words."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(token_pattern=_WORD).build_analyzer()
    n_grams = HashingVectorizer(analyzer="char_wb", ngram_range=chars).build_analyzer()

    def features(text: str) -> list[str]:
        return [*(f"word:{word}" for word in words(text)), *n_grams(text)]

    return features
