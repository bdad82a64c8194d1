"""The rows that scaling appends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedmark.measure.scaling.state import Stream
from embedmark.store.rows import NeighbourRow, SampleRow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def with_stream(row: SampleRow, stream: Stream) -> SampleRow:
    """Return the row with what a stream of predictions used and took."""
    usage = stream.usage
    return replace(
        row,
        tokens=usage.tokens if usage else None,
        requests=usage.requests if usage else None,
        elapsed_ns=stream.elapsed_ns,
        cpu_ns=stream.cpu_ns,
    )


def neighbour_rows(
    provider: str, dataset: str, indexes: npt.NDArray[np.int64], values: npt.NDArray[np.float32]
) -> list[NeighbourRow]:
    """Return a row for each neighbour that was found.

    Args:
        provider: who found them.
        dataset: whose texts they are.
        indexes: int (n, k), the best first; -1 where there is no neighbour.
        values: float (n, k), their similarities or predictions.
    """
    return [
        NeighbourRow(
            provider=provider, dataset=dataset, n=len(indexes), text=text, rank=rank, neighbour=other, value=value
        )
        for text, (others, their) in enumerate(zip(indexes.tolist(), values.tolist(), strict=True))
        for rank, (other, value) in enumerate(zip(others, their, strict=True), start=1)
        if other >= 0
    ]
