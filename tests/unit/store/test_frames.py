"""A raw file is read by a C parser or cell by cell, with the same frame and the same refusals."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from embedmark.errors import RunDirectoryError
from embedmark.store import frames
from embedmark.store.columns import ALL_RAW

NAME = "ranks.csv"
CELLS = [
    "", "1", "1.5", "-0.0", "1e400", "nan", "NA", "inf", " 1", "1 ", "0x10", "1_0", "True", "FALSE", "+1", ".5",
    "N/A", "null", "１", "1e-400", "Infinity", "\t2", "9007199254740993", "0.10000000000000000555", "1.2.3",
    "x\x7f", '"1"', "a,b", "a\rb", "None", "가", "5.",
]  # fmt: skip


def read(data: bytes) -> Any:
    try:
        frame, ragged = frames.frame_of(data, Path(NAME))
    except (RunDirectoryError, csv.Error) as error:
        return str(error)
    return [list(map(str, frame.dtypes)), [list(map(repr, row)) for row in frame.itertuples()], ragged]


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_read_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    files = []
    for _ in range(150):
        rows = [[draw.choice(["a", "", "가", "1"]) for _ in range(3)] for _ in range(draw.randint(0, 3))]
        odd = CELLS if draw.random() < 0.5 else CELLS[:4]
        lines = [",".join([*row, draw.choice(odd), draw.choice(odd)]) for row in rows]
        files.append("\n".join([",".join(ALL_RAW[NAME]), *lines]) + draw.choice(["\n", "\n", "", "\n\n"]))

    fast = [read(text.encode()) for text in files]
    monkeypatch.setattr(frames, "_plain_frame", lambda *_: None)
    slow = [read(text.encode()) for text in files]

    assert fast == slow


def test_a_plain_file_takes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_any_frame", None)

    frame, ragged = frames.frame_of(b"provider,dataset,pair_id,text_rank,image_rank\na,d,1,2,\n", Path(NAME))

    assert frame.values.tolist()[0][:4] == ["a", "d", "1", 2.0]
    assert frame["image_rank"].isna().all()
    assert ragged == []
