"""Rows that are held as columns are written as rows are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from embedmark.store.cells import format_row
from embedmark.store.manifest.model import Manifest
from embedmark.store.table import ColumnRows
from embedmark.store.write import RunDirectory

NAMES = ("provider", "pair_id", "gold", "predicted", "text1", "dot")


def made() -> ColumnRows:
    columns = {
        "provider": "=a",
        "pair_id": ["1", "-x", 'q"'],
        "gold": np.array([1.0, math.nan, 1e-9]),
        "predicted": [0.5, None, 2],
        "text1": np.array([1, 2, 3]),
    }
    return ColumnRows(columns, 3)


def test_cells_are_those_of_single_rows() -> None:
    rows = made()

    found = [list(line) for line in rows.lines(NAMES)]

    assert found == [format_row({**dict.fromkeys(NAMES), **row}, NAMES) for row in rows]
    assert rows[-1]["text1"] == 3
    assert [row["gold"] for row in rows[:1]] == [1.0]


def test_a_column_that_is_not_known_is_refused() -> None:
    with pytest.raises(KeyError, match="gold"):
        list(made().lines(("provider", "pair_id", "predicted", "text1")))


def test_a_run_directory_writes_them(tmp_path: Path) -> None:
    n = 20_000  # more than one block
    rows = ColumnRows(
        {"provider": "a", "dataset": "d", "pair_id": list(map(str, range(n))), "gold": np.arange(n) / 7}, n
    )

    with RunDirectory(tmp_path / "run", Manifest()) as run:
        run.append("scores.csv", rows)
        run.seal()

    lines = (tmp_path / "run" / "scores.csv").read_text("utf-8").splitlines()
    assert len(lines) == n + 1
    assert lines[-1] == f"a,d,{n - 1},{(n - 1) / 7!r},,,,,,,"
    assert run.manifest.raw["scores.csv"].rows == n
