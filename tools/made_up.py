"""Providers and datasets of synthetic runs, made up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedmark.datasets.hashing import fingerprint

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class FakeProvider:
    """One provider of a synthetic run.

    Attributes:
        noise: standard deviation of its scores around gold, which has the standard deviation 1.44.
        rate: items a second in batches of 32; 1 item a call takes three times as long for each.
        usd_per_1m_tokens: what an API takes; None for a provider that computes here.
        facts: entries of the manifest that differ from the usual ones, such as `options`.
    """

    name: str
    kind: str = "bi-encoder"
    noise: float = 1.0
    rate: float = 1000.0
    usd_per_1m_tokens: float | None = None
    error: str = ""
    untrained: bool = False
    constant: bool = False
    host_state: str = "quiet"
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        return "pair" if self.kind == "cross-encoder" else "text"


@dataclass(frozen=True, slots=True)
class FakeDataset:
    """Pairs of a synthetic run; gold is uniform between 0 and 5, the same for the same name and size."""

    name: str = "made/up"
    n_pairs: int = 200
    texts: Sequence[tuple[str, str]] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """Return the sentences: `texts`, repeated with a number behind them where there are too few."""
        base = self.texts or (("a cat sleeps", "a cat is asleep"), ("고양이가 잔다", "고양이가 자고 있다"))
        return [
            base[i] if i < len(base) else (f"{base[i % len(base)][0]} {i}", f"{base[i % len(base)][1]} {i}")
            for i in range(self.n_pairs)
        ]

    def gold(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        import numpy as np

        digest = hashlib.sha256(f"{self.name}/{self.n_pairs}".encode()).digest()
        return np.round(np.random.default_rng(int.from_bytes(digest[:4], "big")).uniform(0, 5, self.n_pairs), 1)

    def kept(self) -> list[dict[str, str]]:
        """Return its rows of texts.csv."""
        pairs = enumerate(self.pairs(), 1)
        return [{"dataset": self.name, "role": "pair", "id": str(i), "text1": a, "text2": b} for i, (a, b) in pairs]

    def entry(self) -> dict[str, Any]:
        """Its entry in the manifest."""
        pairs = self.pairs()
        first, second = [a for a, _ in pairs], [b for _, b in pairs]
        ids = [str(i + 1) for i in range(self.n_pairs)]
        return {
            "name": self.name,
            "n_pairs": self.n_pairs,
            "sha256": fingerprint(ids, first, second, self.gold().tolist()),
            "file_sha256": "",
            "source": "synthetic",
            "licence": None,
            "notes": [],
        }
