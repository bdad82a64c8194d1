"""What is promised, what is kept, and validity.csv."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tools.validity.__main__ import number, wanted
from tools.validity.outcome import COLUMNS, Outcome, merge, read, share

ONE = Outcome("coverage", "Spearman", "share", 0.95, 0.93, 0.97, 1000, "truth 0.8, of 한국어 pairs")


@pytest.mark.parametrize(
    ("found", "low", "high", "kept"),
    [
        (0.93, 0.93, 0.97, True), (0.97, 0.93, 0.97, True), (0.929, 0.93, 0.97, False), (0.971, 0.93, 0.97, False),
        (1.0, 0.9, None, True), (0.0, None, 0.07, True), (0.08, None, 0.07, False), (math.nan, None, 0.07, False),
        (math.nan, None, None, False),
    ],
)  # fmt: skip
def test_a_promise_is_kept_within_its_ends(found: float, low: float | None, high: float | None, kept: bool) -> None:
    assert replace(ONE, found=found, low=low, high=high).kept is kept


def test_rows_of_an_experiment_replace_its_own_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "validity.csv"
    order = ["coverage", "power", "busy"]
    merge(path, [replace(ONE, experiment="busy", found=1.0), replace(ONE, case="other"), ONE], order)
    merge(path, [replace(ONE, found=0.5)], order)
    merge(path, [replace(ONE, experiment="power")], order)
    rows = read(path)
    assert [(row["experiment"], row["case"], row["found"]) for row in rows] == [
        ("coverage", "Spearman", "0.5"), ("power", "Spearman", "0.95"), ("busy", "Spearman", "1"),
    ]  # fmt: skip
    assert [row["verdict"] for row in rows] == ["missed", "kept", "missed"]
    assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
    assert rows[0]["detail"] == ONE.detail
    assert [p.name for p in path.parent.iterdir()] == ["validity.csv"]


def test_an_open_side_is_an_empty_cell() -> None:
    cells = replace(ONE, high=None).cells()
    assert (cells["wanted_low"], cells["wanted_high"]) == ("0.93", "")


def test_share_counts_true_and_ignores_missing() -> None:
    assert share([True, 0, 1, None]) == (0.5, 4)
    assert math.isnan(share([])[0])


def test_words() -> None:
    assert wanted(ONE) == "93 % to 97 %"
    assert wanted(replace(ONE, low=None)) == "at most 97 %"
    assert wanted(replace(ONE, high=None)) == "at least 93 %"
    assert number(ONE, 0.0047) == "0.47 %"
    assert number(ONE, 0.9468) == "94.7 %"
    assert number(ONE, math.nan) == "undefined"
    assert number(replace(ONE, measures="microseconds"), 1.62) == "1.6"
