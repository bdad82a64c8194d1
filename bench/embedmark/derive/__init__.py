"""Raw rows -> derived tables and findings. Pure: the same rows give the same tables, to the byte.

Where a resample is drawn, its seed is the suite's, with the dataset's hash.
"""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.accuracy.analyse import analyse
from embedmark.derive.accuracy.compression import compression_cells, compression_table
from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.accuracy.table import accuracy_table
from embedmark.derive.cost.table import cost_table
from embedmark.derive.cost.volume import volume_table
from embedmark.derive.details import Details, details_of
from embedmark.derive.findings import Findings, findings_of
from embedmark.derive.rows.base import made, rounded_rows
from embedmark.derive.rows.cost import CostRow, VolumeRow
from embedmark.derive.rows.quality import AccuracyRow, CompressionRow, RetrievalRow, SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.derive.rows.timing import LatencyRow, ScalingFactRow, ScalingRow
from embedmark.derive.run import MeasuredRun
from embedmark.derive.scaling.facts import scaling_facts_table
from embedmark.derive.scaling.table import scaling_table
from embedmark.derive.search.table import retrieval_table
from embedmark.derive.speed.latency import latency_table
from embedmark.derive.speed.throughput import throughput_table
from embedmark.derive.summary import summary_table
from embedmark.derive.values import rounded
from embedmark.store.read import RawRun

__all__ = ["Derived", "Details", "Findings", "derive_all", "derive_tables"]


@dataclass(frozen=True, eq=False, slots=True)
class Derived:
    """Tables by the file names of `store.columns.DERIVED`; findings in words; details for the page."""

    tables: Tables
    findings: Findings
    details: Details


def derive_tables(raw: RawRun) -> Tables:
    """Return every derived table of a run; rows have exactly the columns of `store.columns.DERIVED`, None for empty."""
    return derive_all(raw).tables


def derive_all(raw: RawRun, analyses: tuple[DatasetAnalysis, ...] | None = None) -> Derived:
    """Return tables and findings, with the scores correlated once for both.

    Args:
        raw: the run.
        analyses: of its scores, if they are at hand.
    """
    run = MeasuredRun.of(raw)
    analyses = analyse(run) if analyses is None else analyses
    throughput = throughput_table(run)
    found = {
        "accuracy.csv": accuracy_table(run, analyses),
        "latency.csv": latency_table(run),
        "cost.csv": cost_table(run, throughput),
        "scaling.csv": scaling_table(run),
        "scaling_facts.csv": scaling_facts_table(run, analyses),
        "retrieval.csv": retrieval_table(run, analyses),
        "compression.csv": compression_table(compression_cells(run)),
        "volume.csv": volume_table(run, throughput),
    }
    tables: Tables = {
        "accuracy.csv": made(AccuracyRow, found["accuracy.csv"]),
        "throughput.csv": rounded_rows(throughput),
        "latency.csv": made(LatencyRow, found["latency.csv"]),
        "cost.csv": made(CostRow, found["cost.csv"]),
        "scaling.csv": made(ScalingRow, found["scaling.csv"]),
        "scaling_facts.csv": made(ScalingFactRow, found["scaling_facts.csv"]),
        "retrieval.csv": made(RetrievalRow, found["retrieval.csv"]),
        "compression.csv": made(CompressionRow, found["compression.csv"]),
        "volume.csv": made(VolumeRow, found["volume.csv"]),
        "summary.csv": made(SummaryRow, summary_table(run, analyses, throughput, found)),
    }
    # The page shows these to the last digit, and figures are drawn from them.
    return Derived(tables, rounded(findings_of(run, analyses)), rounded(details_of(run, analyses, tables)))
