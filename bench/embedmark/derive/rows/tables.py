"""The derived tables of a run, by their files."""

from __future__ import annotations

from typing import TypedDict, cast

from embedmark.derive.rows.base import DerivedRow
from embedmark.derive.rows.cost import CostRow, VolumeRow
from embedmark.derive.rows.quality import AccuracyRow, CompressionRow, RetrievalRow, SummaryRow
from embedmark.derive.rows.timing import LatencyRow, ScalingFactRow, ScalingRow, ThroughputRow
from embedmark.derive.values import rounded

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


def rows_by_file(tables: Tables) -> dict[str, list[DerivedRow]]:
    """Return the rows of every table, for whoever takes any table as it comes."""
    found: dict[str, list[DerivedRow]] = {}
    for name, rows in tables.items():
        found[name] = cast("list[DerivedRow]", rows)
    return found


def rounded_tables(tables: Tables) -> Tables:
    """Return the tables with their floats rounded to 10 significant digits.

    Sums in another order, as on a machine with other vector units, differ in the 16th digit; files that are compared
    byte for byte must not.
    """
    return cast("Tables", {name: [rounded(row) for row in rows] for name, rows in rows_by_file(tables).items()})
