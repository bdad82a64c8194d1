"""One thing that a plan measures for one provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from embedmark.api.items import Unit

NEIGHBOURS: Final = "neighbours"
# Measured without a clock: these may run anywhere, and in parts. Timings of one run belong to one machine.
UNTIMED: Final = ("accuracy", "retrieval", NEIGHBOURS)


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to measure for one provider. Counts are upper bounds where a time budget may end it earlier.

    Attributes:
        encodes: texts and images to encode (0 for a cross-encoder).
        unit: what is timed: texts, pairs or images.
        pair_predictions: pairs to predict (0 for a bi-encoder).
        tokens: upper bound of the tokens read: UTF-8 bytes, plus two special tokens a text.
        images: those of the items to encode that are images.
        searches: searches that a reranker bills: pairs with one first text, up to its limit of them.
        first: the first stage of a two-stage job, whose cross-encoder is `provider`.
    """

    provider: str
    measure: str
    dataset: str
    scenario: str = ""
    batch_size: int | None = None
    n: int | None = None
    encodes: int = 0
    pair_predictions: int = 0
    tokens: int = 0
    unit: Unit = "text"
    first: str = ""
    searches: int = 0
    images: int = 0

    @property
    def is_search(self) -> bool:
        """Return True if documents are searched: all queries together, or one by one for their latency."""
        return self.measure == "retrieval" or self.scenario == "search"

    @property
    def row_name(self) -> str:
        """Return what the job's rows call its provider: fusions and second stages of retrieval have a name."""
        return self.scenario if self.measure == "retrieval" and self.scenario else self.provider

    @property
    def label(self) -> str:
        details = [
            self.scenario,
            f"after {self.first}" if self.first else "",
            f"batch {self.batch_size}" if self.batch_size else "",
            "images" if self.unit == "image" else "",
            self.dataset,
        ]
        return f"{self.provider}: {self.measure} " + " ".join(part for part in details if part)
