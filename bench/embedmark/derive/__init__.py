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
from embedmark.derive.rows.tables import Tables, rounded_tables
from embedmark.derive.run import MeasuredRun
from embedmark.derive.scaling.facts import scaling_facts_table
from embedmark.derive.scaling.table import scaling_table
from embedmark.derive.search.table import retrieval_table
from embedmark.derive.speed.latency import latency_table
from embedmark.derive.speed.throughput import throughput_table
from embedmark.derive.summary import QuotedTables, summary_table
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
    quoted = QuotedTables(
        throughput=throughput,
        latency=latency_table(run),
        cost=cost_table(run, throughput),
        scaling=scaling_table(run),
        retrieval=retrieval_table(run, analyses),
    )
    tables = rounded_tables(
        {
            "accuracy.csv": accuracy_table(run, analyses),
            "throughput.csv": throughput,
            "latency.csv": quoted.latency,
            "cost.csv": quoted.cost,
            "scaling.csv": quoted.scaling,
            "scaling_facts.csv": scaling_facts_table(run, analyses),
            "retrieval.csv": quoted.retrieval,
            "compression.csv": compression_table(compression_cells(run)),
            "volume.csv": volume_table(run, throughput),
            "summary.csv": summary_table(run, analyses, quoted),
        }
    )
    # The page shows these to the last digit, and figures are drawn from them.
    return Derived(tables, rounded(findings_of(analyses)), rounded(details_of(run, analyses, tables)))
