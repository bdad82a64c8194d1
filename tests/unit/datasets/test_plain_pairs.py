"""A text table in which every row is plain is read as any other is."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.datasets.load import load_file
from embedmark.datasets.model import PairDataset
from embedmark.datasets.text_places import n_distinct, text_places
from embedmark.errors import DatasetError

ODD = ["1", "+2.50", ".5", "1e3", " 3", "1_0", "nan", "inf", "1e999", "yes", "", "NA", "２", "4,5", "-0"]


def read(path: Path, slices: tuple[str, ...] = ()) -> object:
    try:
        found = load_file(path, name="d", slices=slices)
    except DatasetError as error:
        return str(error)
    return found.sentence1, found.sentence2, found.gold.tolist(), found.sha256, found.notes


@pytest.mark.parametrize("score", ODD)
def test_scores_are_read_as_one_by_one(tmp_path: Path, score: str) -> None:
    """With a column beside the pairs, every row is read by itself."""
    path = tmp_path / "pairs.tsv"
    path.write_text(f"sentence1\tsentence2\tscore\na b\t 'c\t1\n가\tb\t{score}\n", encoding="utf-8")

    fast, one_by_one = read(path), read(path, slices=("score",))

    assert fast == one_by_one


def test_places_find_the_texts_of_each_pair(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("sentence1\tsentence2\tscore\na\tb\t1\nb\ta\t2\na\ta\t3\n", encoding="utf-8")
    dataset = load_file(path, name="d")

    places = text_places(dataset)

    assert dataset.texts == ("a", "b")
    assert places.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert n_distinct(dataset) == 2
    asked = dataset.with_roles({"sentence1": "query"})
    assert isinstance(asked, PairDataset)
    assert len(asked.texts) == 4
    assert text_places(asked).tolist() == [[0, 2], [1, 3], [0, 3]]
    assert n_distinct(asked) == 2
