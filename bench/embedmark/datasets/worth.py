"""What words such as similar, neutral or 다름 are worth next to each other."""

from __future__ import annotations

import re
from typing import Final

# By level, from least to most.
_WORDS: Final = (
    (
        "contradiction", "no", "false", "low", "different", "dissimilar", "unrelated", "irrelevant", "unlike",
        "negative", "bad", "x", "다름", "무관", "반대", "모순", "거짓", "낮음", "관련없음", "부적합", "불일치", "상이",
        "비유사", "하", "최하", "아니오", "아니요",
    ),
    ("neutral", "medium", "partial", "중립", "보통", "중간", "중", "부분"),
    ("similar", "related", "유사", "비슷", "비슷함", "유사함", "비슷하다", "유사하다", "관련", "관련있음"),
    (
        "entailment", "yes", "true", "high", "same", "identical", "equal", "equivalent", "relevant", "positive", "good",
        "duplicate", "paraphrase", "o", "같음", "같다", "동일", "동일함", "함의", "예", "네", "참", "있음", "높음",
        "적합", "일치", "상", "최상",
    ),
)  # fmt: skip
_WORTH: Final = {word: level for level, words in enumerate(_WORDS) for word in words}
_WEAK: Final = ("somewhat", "partly", "partially", "slightly", "약간", "조금", "일부", "부분")
_NOT: Final = re.compile(r"(not|non|no)[\s_-]+.+|.*(않음|않다|아님|아니다|없음|없다)")
MIDDLE: Final = 1.5


def worth(word: str) -> int | None:
    """Return what a word is worth as a score or a grade, from 0 to 3; None for one that is not known.

    >>> worth("similar"), worth("not similar"), worth("green")
    (2, 0, None)
    """
    bare = word.strip().casefold()
    if _NOT.fullmatch(bare):
        return 0
    if bare.startswith(_WEAK):
        return 1
    return _WORTH.get(bare, _WORTH.get(bare.replace(" ", "")))
