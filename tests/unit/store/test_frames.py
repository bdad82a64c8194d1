"""A raw file is read by a C parser or cell by cell, with the same frame and the same refusals."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from embedmark.errors import RunDirectoryError
from embedmark.store.columns import ALL_RAW
from embedmark.store.frames import frame_of, plain_frame

NAME = "ranks.csv"
CELLS = [
    "", "1", "1.5", "-0.0", "1e400", "nan", "NA", "inf", " 1", "1 ", "0x10", "1_0", "True", "FALSE", "+1", ".5",
    "N/A", "null", "１", "1e-400", "Infinity", "\t2", "9007199254740993", "0.10000000000000000555", "1.2.3",
    "x\x7f", '"1"', "a,b", "a\rb", "None", "가", "5.",
]  # fmt: skip


def read(data: bytes, *, fast: bool = True) -> Any:
    try:
        frame, ragged = frame_of(data, Path(NAME), fast=fast)
    except (RunDirectoryError, csv.Error) as error:
        return str(error)
    return [list(map(str, frame.dtypes)), [list(map(repr, row)) for row in frame.itertuples()], ragged]


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_read_the_same(seed: int) -> None:
    draw = random.Random(seed)
    files = []
    for _ in range(150):
        rows = [[draw.choice(["a", "", "가", "1"]) for _ in range(3)] for _ in range(draw.randint(0, 3))]
        odd = CELLS if draw.random() < 0.5 else CELLS[:4]
        lines = [",".join([*row, draw.choice(odd), draw.choice(odd)]) for row in rows]
        files.append("\n".join([",".join(ALL_RAW[NAME]), *lines]) + draw.choice(["\n", "\n", "", "\n\n"]))

    fast = [read(text.encode()) for text in files]
    slow = [read(text.encode(), fast=False) for text in files]

    assert fast == slow


def test_a_plain_file_takes_the_fast_way() -> None:
    data = b"provider,dataset,pair_id,text_rank,image_rank\na,d,1,2,\n"

    frame = plain_frame(data, ALL_RAW[NAME])

    assert frame is not None
    assert frame.values.tolist()[0][:4] == ["a", "d", "1", 2.0]
    assert frame["image_rank"].isna().all()
