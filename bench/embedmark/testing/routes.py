"""One model by two routes, in process and behind a server: how far apart are its vectors?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from embedmark.api import Provider
from embedmark.calls.caller import Caller
from embedmark.errors import UsageError

# Short and long, English and Korean, figures, symbols, and a text that fills most models' window.
TEXTS: Final = (
    "A man is playing a guitar.",
    "A woman is slicing an onion into thin rings.",
    "The stock market fell sharply on Monday.",
    "How do I reset my password?",
    "No.",
    "2 + 2 = 4; 3.14159 is not 22/7",
    "https://example.org/a/b?c=d#e",
    "Don't panic: it's only a test, isn't it?",
    "ALL CAPITALS AND nOnE",
    "naïve café, Zürich, Ærø",
    "한 남자가 기타를 연주하고 있다.",
    "비밀번호를 어떻게 바꾸나요?",
    "서울은 대한민국의 수도이다.",
    "아니요.",
    "日本語の短い文。",
    "🙂 emoji and text 🚀",
    "   blanks   at   both   ends   ",
    "line one\nline two\ttabbed",
    "The quick brown fox jumps over the lazy dog. " * 8,
    "긴 글은 잘릴 수도 있고 그렇지 않을 수도 있다. " * 8,
)


@dataclass(frozen=True, slots=True)
class Drift:
    """The largest 1 - cosine over the texts, and where it is.

    Attributes:
        largest: 1 - cosine of the two routes' vectors of `text`.
        median: over all texts.
        dim: dimension of the vectors.
    """

    largest: float
    median: float
    text: str
    dim: int


def cosine_drift(one: Provider, other: Provider, texts: Sequence[str] = TEXTS) -> Drift:
    """Load both providers, encode `texts` by both routes, compare row by row, and close both.

    Raises:
        UsageError: the dimensions differ.
        ProviderError: a provider failed.
    """
    import numpy as np

    callers = Caller(one), Caller(other)
    try:
        for caller in callers:
            caller.provider.load()
        a, b = (caller.run(texts, len(texts)).values.astype(np.float64) for caller in callers)
    finally:
        for caller in callers:
            caller.close()
    if a.shape != b.shape:
        raise UsageError(
            f"one route has {a.shape[1]} dimensions, the other {b.shape[1]}: this is not the same model",
            hint="name the same model on both sides; --option dimensions=... shortens one of them",
        )
    cosine = np.einsum("ij,ij->i", a, b) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    drift = np.maximum(0.0, 1.0 - cosine)
    place = int(drift.argmax())
    return Drift(float(drift[place]), float(np.median(drift)), texts[place], a.shape[1])
