"""The rows of a run's tables that a comparison reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from embedmark.derive.cost.load import Load
from embedmark.derive.cost.table import cost_table
from embedmark.derive.cost.volume import loads_of
from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.timing import LatencyRow, ThroughputRow
from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.latency import latency_table
from embedmark.derive.speed.throughput import throughput_table

Shown = TypeVar("Shown", CostRow, LatencyRow, ThroughputRow)
_KEPT_TABLES = 64  # runs whose tables are at hand: a comparison asks for the same ones again and again


@lru_cache(maxsize=_KEPT_TABLES)
def _throughput(run: MeasuredRun) -> list[ThroughputRow]:
    return throughput_table(run)


@lru_cache(maxsize=_KEPT_TABLES)
def throughput_rows(run: MeasuredRun) -> list[ThroughputRow]:
    """Return the rows of throughput.csv that a comparison reads: of images where a dataset has images."""
    return _shown(_throughput(run))


@lru_cache(maxsize=_KEPT_TABLES)
def latency_rows(run: MeasuredRun) -> list[LatencyRow]:
    """Return the rows of latency.csv that a comparison reads: of images where a dataset has images."""
    return _shown(latency_table(run))


@lru_cache(maxsize=_KEPT_TABLES)
def cost_rows(run: MeasuredRun) -> list[CostRow]:
    """Return the rows of cost.csv that a comparison reads: of images where a dataset has images."""
    return _shown(cost_table(run, _throughput(run)))


@lru_cache(maxsize=_KEPT_TABLES)
def loads_of_run(run: MeasuredRun) -> list[Load]:
    """Return what each provider takes at the suite's volume."""
    return loads_of(run, _throughput(run))


def _shown(table: Sequence[Shown]) -> list[Shown]:
    """Return `table` without the rows of texts where a dataset has images as well."""
    with_images = {(row.provider, row.dataset) for row in table if row.unit == "image"}
    return [row for row in table if row.unit != "text" or (row.provider, row.dataset) not in with_images]
