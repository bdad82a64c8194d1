"""Texts that a run keeps are found one by one, whatever characters they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.store.cells import Row
from embedmark.store.manifest.model import Manifest
from embedmark.store.texts import TEXTS, KeptTexts
from embedmark.store.write import RunDirectory

TWO = [
    ("two\nlines", 'a "quoted", text'),
    ("=A1+B1", "-5 degrees"),
    ("안녕", "👩‍👧"),
    ('"', "\n\n"),
    ("", "plain"),
]


def _written(folder: Path, cut: str = "") -> KeptTexts:
    rows: list[Row] = [
        {"dataset": "쌍, 둘", "role": "pair", "id": str(i), "text1": a, "text2": b} for i, (a, b) in enumerate(TWO)
    ]
    rows.append({"dataset": "search", "role": "query", "id": "0", "text1": "who?", "text2": None})
    with RunDirectory(folder, Manifest()) as run:
        run.append(TEXTS, rows)
    with (folder / TEXTS).open("a", encoding="utf-8", newline="") as file:
        file.write(cut)
    return KeptTexts(folder / TEXTS)


def test_every_text_is_found_under_its_id(tmp_path: Path) -> None:
    kept = _written(tmp_path / "run")

    assert list(kept.of("쌍, 둘", "pair").values()) == TWO
    assert dict(kept.of("search", "query")) == {"0": ("who?", "")}
    assert dict(kept.of("search", "document")) == {}


@pytest.mark.parametrize("cut", ['쌍,pair,9,"half a te', "쌍,pair,9", "쌍,pair,9,too,few,or many\n"])
def test_a_record_that_is_not_whole_is_left_out(tmp_path: Path, cut: str) -> None:
    kept = _written(tmp_path / "run", cut)

    assert dict(kept.of("쌍", "pair")) == {}
    assert len(kept.of("쌍, 둘", "pair")) == len(TWO)


def test_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").symlink_to("/etc/hostname")

    with pytest.raises(OSError, match="link"):
        KeptTexts(tmp_path / "texts.csv").of("any", "pair")
