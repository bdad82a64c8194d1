"""How BM25 cuts a text into terms: words, words with character pairs, or Korean morphemes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

TOKENIZERS: Final = ("words", "words+bigrams", "kiwi")
Tokenize = Callable[[str], list[str]]

_WORD = re.compile(r"\w+")
# Hangul, kana and the ideographs that Korean, Japanese and Chinese share: scripts whose words are not what one
# searches for, because of particles or because no blanks part them.
_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_CJK_SHARE = 0.3
# Particles, endings and symbols, in the tags of Kiwi (those of the Sejong corpus).
_EMPTY_TAGS = ("J", "E", "SF", "SP", "SS", "SE", "SO", "SW")


def words(text: str) -> list[str]:
    """Return the lowercase words of a text.

    Example:
        >>> words("The cat's 2 kittens")
        ['the', 'cat', 's', '2', 'kittens']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def words_and_bigrams(text: str) -> list[str]:
    """Return each word, and then its character pairs; a word of two characters comes twice.

    Example:
        >>> words_and_bigrams("반품은 언제")
        ['반품은', '반품', '품은', '언제', '언제']
    """
    return [term for word in words(text) for term in [word, *(word[i : i + 2] for i in range(len(word) - 1))]]


def kiwi() -> Tokenize:
    """Return a function to the Korean morphemes of a text, without particles, endings and punctuation."""
    from kiwipiepy import Kiwi

    analyzer = Kiwi()

    def morphemes(text: str) -> list[str]:
        tokens = analyzer.tokenize(unicodedata.normalize("NFC", text).lower())
        return [token.form for token in tokens if not token.tag.startswith(_EMPTY_TAGS)]

    return morphemes


def fitting(documents: Sequence[str]) -> str:
    """Return the tokenizer for the script of `documents`: character pairs for Korean, Japanese and Chinese.

    Example:
        >>> fitting(["How do I return it?"]), fitting(["반품은 언제까지 되나요?"])
        ('words', 'words+bigrams')
    """
    letters = cjk = 0
    for document in documents:
        letters += sum(map(str.isalpha, document))
        cjk += len(_CJK.findall(document))
    return "words+bigrams" if cjk > _CJK_SHARE * max(1, letters) else "words"
