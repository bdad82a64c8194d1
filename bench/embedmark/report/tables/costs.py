"""All of the page's tables on cost at the suite's volume, and on quality per byte."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive import Derived
from embedmark.report.tables.hosting import hosting_table, source_lines
from embedmark.report.tables.page import PageTable
from embedmark.report.tables.stages import stages_table
from embedmark.report.tables.volume import bills_table, compression_view, missing_lines
from embedmark.store.manifest.model import Manifest


@dataclass(frozen=True, slots=True)
class CostTables:
    """The tables, None for those that a run has nothing for.

    Attributes:
        missing: what the bills lack, a line for each provider.
        sources: where the prices and facts of `hosting` are from.
    """

    bills: PageTable | None
    missing: list[str]
    stages: PageTable | None
    hosting: PageTable | None
    sources: list[str]
    compressed: PageTable | None


def cost_tables(derived: Derived, manifest: Manifest) -> CostTables:
    """Return the tables of a run."""
    return CostTables(
        bills=bills_table(derived),
        missing=missing_lines(derived),
        stages=stages_table(derived),
        hosting=hosting_table(derived, manifest),
        sources=source_lines(manifest),
        compressed=compression_view(derived),
    )
