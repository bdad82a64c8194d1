"""Names of rows that are made of several providers, as raw rows have them."""

from __future__ import annotations

from collections.abc import Sequence

STANDARD_K = 60.0


def fusion_label(of: Sequence[str], weights: Sequence[float] | None = None, k: float | None = None) -> str:
    """Return the name of a fusion in every table.

    Example:
        >>> fusion_label(["minilm", "bm25"])
        'rrf(minilm,bm25)'
        >>> fusion_label(["minilm", "bm25"], weights=[0.3, 0.7], k=10)
        'rrf(0.3*minilm,0.7*bm25;k=10)'
    """
    named = [f"{weight:g}*" for weight in weights] if weights else ["" for _ in of]
    parts = ",".join(weight + name for weight, name in zip(named, of, strict=True))
    k = k or STANDARD_K
    return f"rrf({parts})" if k == STANDARD_K else f"rrf({parts};k={k:g})"


def two_stage_label(first: str, second: str) -> str:
    """Return the name of a two-stage row in every table.

    Example:
        >>> two_stage_label("minilm", "cross")
        'minilm+cross'
    """
    return f"{first}+{second}"
