"""The derived tables of a run, by their files."""

from __future__ import annotations

from typing import TypedDict, cast

from embedmark.derive.rows.base import TableRow
from embedmark.derive.rows.cost import CostRow, VolumeRow
from embedmark.derive.rows.quality import AccuracyRow, CompressionRow, RetrievalRow, SummaryRow
from embedmark.derive.rows.timing import LatencyRow, ScalingFactRow, ScalingRow, ThroughputRow

Tables = TypedDict(
    "Tables",
    {
        "accuracy.csv": list[AccuracyRow],
        "throughput.csv": list[ThroughputRow],
        "latency.csv": list[LatencyRow],
        "cost.csv": list[CostRow],
        "scaling.csv": list[ScalingRow],
        "scaling_facts.csv": list[ScalingFactRow],
        "retrieval.csv": list[RetrievalRow],
        "compression.csv": list[CompressionRow],
        "volume.csv": list[VolumeRow],
        "summary.csv": list[SummaryRow],
    },
)


def rows_by_file(tables: Tables) -> dict[str, list[TableRow]]:
    """Return the rows of every table, for whoever takes any table as it comes."""
    found: dict[str, list[TableRow]] = {}
    for name, rows in tables.items():
        found[name] = cast("list[TableRow]", rows)
    return found
