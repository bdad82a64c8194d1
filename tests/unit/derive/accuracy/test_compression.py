"""compression.csv: every cell against the full vectors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from embedmark.derive import derive_tables
from embedmark.derive.accuracy.compression import bytes_per_vector, compression_cells
from embedmark.derive.run import MeasuredRun

N = 400


def measured(run: Any, cells: dict[tuple[int, str], np.ndarray], gold: np.ndarray) -> Any:
    """Return the raw run of one provider; the first cell is the full vectors."""
    full = next(iter(cells.values()))
    suite = run(accuracy={}, compression={}).dataset("d", N).provider("a", dim=8).scores("a", gold, full)
    rows = [
        {"provider": "a", "dataset": "d", "dims": float(dims), "precision": kind, "item_id": str(i), "value": value}
        for (dims, kind), values in cells.items()
        for i, value in enumerate(values, start=1)
    ]
    return replace(suite.build(), compressed=pd.DataFrame(rows))


def made(seed: int = 0) -> tuple[dict[tuple[int, str], np.ndarray], np.ndarray]:
    """Return cells of which int8 is all but the same as the full vectors, and binary far worse; and gold."""
    rng = np.random.default_rng(seed)
    gold = rng.normal(size=N)
    full = gold + rng.normal(size=N)
    cells = {(8, "float32"): full, (8, "int8"): full + 1e-3 * rng.normal(size=N)}
    return cells | {(8, "binary"): full + 2 * rng.normal(size=N)}, gold


def test_worse_cell_is_shown_and_equal_one_is_tied(run: Any) -> None:
    rows = derive_tables(measured(run, *made()))["compression.csv"]

    assert [(row["precision"], row["tie_group"]) for row in rows] == [("float32", 1), ("int8", 1), ("binary", None)]


def test_full_cell_has_the_value_of_the_accuracy_table(run: Any) -> None:
    tables = derive_tables(measured(run, *made()))
    accuracy = next(row for row in tables["accuracy.csv"] if row["metric"] == "spearman")

    assert tables["compression.csv"][0]["value"] == accuracy["value"]
    assert tables["compression.csv"][0]["ci_low"] == accuracy["ci_low"]


def test_interval_of_near_equals_is_narrow(run: Any) -> None:
    _, cell, _ = compression_cells(MeasuredRun.of(measured(run, *made())))

    assert cell.difference_interval is not None
    low, high = cell.difference_interval
    assert low <= cell.difference <= high
    assert high - low < 0.002


def test_too_few_items_show_nothing_and_tie_nothing(run: Any) -> None:
    cells, gold = made()
    rows = derive_tables(measured(run, {key: values[:4] for key, values in cells.items()}, gold[:4]))["compression.csv"]

    assert [row["tie_group"] for row in rows] == [1, None, None]


@pytest.mark.parametrize(
    ("dims", "precision", "size"),
    [(256, "float32", 1024), (256, "float16", 512), (256, "int8", 256), (256, "binary", 32), (9, "binary+rescore", 2)],
)
def test_bytes_of_a_vector(dims: int, precision: str, size: int) -> None:
    assert bytes_per_vector(dims, precision) == size


def test_no_compression_no_table(run: Any) -> None:
    suite = run(accuracy={}).dataset("d", 4).provider("a").scores("a", [1, 2, 3, 4], [1, 2, 3, 4])

    assert derive_tables(suite.build())["compression.csv"] == []
