"""All tables together: columns, types, bytes, and a run with nothing in it."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_all, derive_tables
from embedmark.derive.rows.cost import VolumeRow
from embedmark.derive.values import rounded
from embedmark.store.columns import ALL_DERIVED
from embedmark.store.manifest.model import Manifest
from embedmark.store.tables import table_bytes

RNG = np.random.default_rng(0)
GOLD = RNG.uniform(0, 5, 80)


@pytest.fixture
def full(run: Any) -> Any:
    suite = run(
        accuracy={"resamples": 100}, throughput={}, latency={}, scaling={"project_to": [5000]},
        cost={"hardware_usd_per_hour": 0.2},
    ).dataset("한국어", 80).dataset("e", 80)  # fmt: skip
    for name, kind in (("모델", "bi-encoder"), ("c", "cross-encoder"), ("bad", "bi-encoder")):
        suite.provider(name, kind)
    for name in ("모델", "c"):
        scores = GOLD + RNG.normal(size=80)
        suite.scores(name, GOLD, scores, dot=scores).scores(name, GOLD, scores, "e")
        suite.passes(name, 1 + 0.1 * RNG.uniform(size=8)).calls(name, RNG.exponential(size=80))
        suite.sample(name, "accuracy", n_items=100.0, elapsed_ns=1e9, tokens=1234.0)
        for n in (10, 20, 40):
            for stage in ("encode", "similarity") if name == "모델" else ("predict",):
                suite.stage(name, stage, n, 0.001 * n + 0.0001 * RNG.uniform(size=3))
    return suite.failure("bad", "no hub answers")


def test_every_table_has_exactly_its_columns(full: Any) -> None:
    tables = derive_tables(full.build())
    assert tables.keys() == ALL_DERIVED.keys()
    for name, rows in tables.items():
        assert rows or name in ("retrieval.csv", "compression.csv", "volume.csv"), name  # of runs that measure them
        for row in rows:
            assert tuple(row.cells()) == ALL_DERIVED[name]


def test_cells_are_plain_and_no_number_is_undefined(full: Any) -> None:
    for rows in derive_tables(full.build()).values():
        for row in rows:
            for column, cell in row.cells().items():
                assert cell is None or type(cell) in (str, int, float), (column, type(cell))
                assert not (isinstance(cell, float) and not math.isfinite(cell)), column
                assert cell != "", column


def test_counts_are_integers(full: Any) -> None:
    tables = derive_tables(full.build())
    whole = {
        "n_pairs", "n_scored", "tie_group", "batch_size", "n_items", "repeats", "n_calls", "items", "tokens", "n",
        "encodes", "pair_predictions", "encodes_at_1000", "pair_predictions_at_1000",
    }  # fmt: skip
    seen = set()
    for rows in tables.values():
        for row in rows:
            for column in whole & row.cells().keys():
                if row[column] is not None:
                    seen.add(column)
                    assert type(row[column]) is int, column
    assert seen == whole


def test_same_rows_same_bytes(full: Any) -> None:
    raw = full.build()
    once, again = derive_all(raw), derive_all(raw)
    for name, columns in ALL_DERIVED.items():
        first, second = ([row.cells() for row in each.tables[name]] for each in (once, again))
        assert table_bytes(first, columns) == table_bytes(second, columns)
    assert once.findings == again.findings


def test_deriving_does_not_change_the_raw_rows(full: Any) -> None:
    raw = full.build()
    before = raw.samples.copy(), raw.scores.copy(), raw.failures.copy()
    derive_all(raw)
    for frame, copy in zip((raw.samples, raw.scores, raw.failures), before, strict=True):
        assert frame.equals(copy)


def test_nothing_measured(run: Any) -> None:
    tables = derive_tables(run(accuracy={}, throughput={}).dataset("d", 5).provider("a").build())
    assert [row["status"] for row in tables["summary.csv"]] == ["not-measured"]
    assert [row["status"] for row in tables["accuracy.csv"]] == ["not-measured"] * 2
    for name in ("throughput.csv", "latency.csv", "cost.csv", "scaling.csv"):
        assert tables[name] == []


def test_a_manifest_with_the_least_there_is(run: Any) -> None:
    raw = replace(run().build(), manifest=Manifest())
    assert set(map(tuple, derive_tables(raw).values())) == {()}


def test_rounding_hides_the_order_of_sums_and_nothing_else() -> None:
    exact = VolumeRow(provider="0.30000000000000004", usd=0.1 + 0.2, quantity=np.float64(2), price=None)

    row = rounded(exact)

    assert (row.provider, row.usd, row.quantity, row.price) == ("0.30000000000000004", 0.3, 2.0, None)
    assert type(row.quantity) is float


def test_import_is_cheap() -> None:
    code = "import sys, embedmark.derive; print({'numpy', 'pandas', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
