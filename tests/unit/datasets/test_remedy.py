"""Remedies work when they are typed, and are found without reading a long file a dozen times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.datasets import load_file
from embedmark.datasets.columns import Columns
from embedmark.datasets.layout import Reading
from embedmark.datasets.remedy import Sampled, sample_of, with_remedy
from embedmark.errors import DatasetError

ROWS = [
    {"id": i, "first": f"a man walks {i}", "other": f"a person goes {i}", "labels": {"gold": i / 2}} for i in range(4)
]
NUMBERS = Columns(sentence1=2, sentence2=3, score=4)


def typed(error: DatasetError) -> Columns:
    """Return the columns that a message says to write."""
    _, _, text = str(error.hint).rpartition("`columns: ")
    return Columns(**yaml.safe_load(text.removesuffix("`")))


def packed(path: Path, form: str) -> Path:
    pandas = pytest.importorskip("pandas")
    flat = [
        {"id": row["id"], "first": row["first"], "other": row["other"], "gold": row["labels"]["gold"]} for row in ROWS
    ]
    {
        "jsonl": lambda: path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8"),
        "json": lambda: path.write_text(json.dumps(ROWS), encoding="utf-8"),
        "parquet": lambda: pandas.DataFrame(flat).to_parquet(path),
        "arrow": lambda: pandas.DataFrame(flat).to_feather(path),
    }[form]()
    return path


@pytest.mark.parametrize("form", ["jsonl", "json", "parquet", "arrow"])
@pytest.mark.parametrize(
    "numbers", [NUMBERS, Columns(sentence1=1, sentence2=2, score=3), Columns(text=7, score=9, separator="-")]
)
def test_numbers_for_keys_are_answered_with_keys_that_work(tmp_path: Path, form: str, numbers: Columns) -> None:
    path = packed(tmp_path / f"data.{form}", form)
    with pytest.raises(DatasetError, match="has keys, not numbered columns") as caught:
        load_file(path, name="x", columns=numbers)

    data = load_file(path, name="x", columns=typed(caught.value))

    assert data.sentence1 == tuple(row["first"] for row in ROWS)
    assert data.gold.tolist() == [row["labels"]["gold"] for row in ROWS]


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_rows_that_are_arrays_have_numbered_columns(tmp_path: Path, name: str) -> None:
    rows = [[row["first"], row["other"], row["labels"]["gold"]] for row in ROWS]
    path = tmp_path / name
    path.write_text(json.dumps(rows) if name == "rows.json" else "\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DatasetError, match="an array, not an object") as caught:
        load_file(path, name="x")

    data = load_file(path, name="x", columns=typed(caught.value))

    assert data.sentence2 == tuple(row["other"] for row in ROWS)
    assert len(data) == len(ROWS)


def test_file_without_a_good_line_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("broken\nbroken as well\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="line is not valid JSON"):
        load_file(path, name="x")


def test_sample_is_the_beginning_and_what_is_around_the_error() -> None:
    lines = [f"line {i}\n".encode() for i in range(1, 50_001)]
    sample = sample_of(b"".join(lines), DatasetError("bad", where="a.csv:40000, column score"))

    assert sample is not None
    assert sample.startswith(b"line 1\n")
    assert b"line 40000\n" in sample
    assert len(sample.splitlines()) < 2_000
    assert sample_of(b"".join(lines[:9]), DatasetError("bad")) is None


def test_remedy_is_first_tried_on_a_part_of_the_file() -> None:
    whole: list[Reading] = []
    few: list[Reading] = []

    def refuse(tried: list[Reading]) -> Any:
        def attempt(_columns: Any, reading: Reading) -> Any:
            tried.append(reading)
            raise DatasetError("no", hint="look")

        return attempt

    sampled = Sampled(refuse(few), has_quotes=False)
    with pytest.raises(DatasetError):
        with_remedy(refuse(whole), Columns(), {}, lambda _error: sampled)

    assert whole == [{}, {"format": "json"}]
    assert len(few) > 5
