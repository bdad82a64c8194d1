"""Datasets of the field by name: from a folder or an archive of the user's, held against what is known of the files."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import catalogue, entries, entry_named, load_entry, load_named, load_named_entry, pull
from embedmark.datasets.aliases import alias_of
from embedmark.datasets.bring import load_official
from embedmark.datasets.official import OFFICIAL, FileFacts, Official, find_official
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import FakePip

YEARS = {"sts12": 3108, "sts13": 1500, "sts14": 3750, "sts15": 3000, "sts16": 1186}


def official(name: str) -> Official:
    found = find_official(name)
    assert found is not None
    return found


@pytest.fixture
def semeval(tmp_path: Path) -> Path:
    """STS 2013 in SemEval's form: three files of texts, three of scores, some of them empty."""
    folder = tmp_path / "STS2013" / "test-gs"
    folder.mkdir(parents=True)
    for n, name in enumerate(official("sts13").files):
        texts = [f'"text {i} of {name}\tother {i}' + "\tsource" * (i % 2) for i in range(6)]
        (folder / name).write_text("\n".join(texts) + "\n", encoding="utf-8")
        scores = ["" if i == 5 else f"{(i + n) % 5}.000" for i in range(6)]
        (folder / name.replace("input", "gs")).write_text("\n".join(scores) + "\n", encoding="utf-8")
    return tmp_path / "STS2013"


def test_catalogue_knows_what_the_issue_names() -> None:
    found = {entry.name: entry for entry in catalogue()}

    assert {name: found[name].n_pairs for name in YEARS} == YEARS
    assert (found["sick-r"].n_pairs, found["sick-r/test"].n_pairs) == (9927, 4927)
    assert (found["korsts/test"].n_pairs, found["korsts/mteb"].n_pairs) == (1379, 1376)
    assert (found["klue-sts/dev"].n_pairs, found["jsts/valid"].n_pairs) == (519, 1457)
    assert found["stsb-multi/de"].n_pairs == 1379
    assert found["biosses"].n_pairs is None
    assert all(entry.source for entry in found.values())


def test_hash_of_every_file_is_known_or_empty() -> None:
    hashes = {sha for entry in OFFICIAL for _, sha, _ in entry_named(entry.name).files}

    assert all(sha is None or len(sha) == 64 for sha in hashes)
    assert [entry.name for entry in OFFICIAL if entry_named(entry.name).files[0][1] is None] == ["biosses"]


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz", "files packed one by one"])
def test_semeval_counts_equal_an_independent_readers(semeval: Path, tmp_path: Path, form: str) -> None:
    path = packed(semeval, tmp_path, form)

    data = load_entry({"path": str(path), "name": "sts13"}, name="sts13")

    pairs = list(zip(data.sentence1, data.sentence2, data.gold.tolist(), strict=True))
    assert pairs == independent(semeval)
    assert len(pairs) == 15
    assert data.notes[0].startswith("not the official files of sts13")


def packed(folder: Path, into: Path, form: str) -> Path:
    if form == "folder":
        return folder
    files = [file for file in folder.rglob("*") if file.is_file()]
    if form == "zip":
        with zipfile.ZipFile(into / "a.zip", "w") as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
        return into / "a.zip"
    if form == "tar.gz":
        with tarfile.open(into / "a.tar.gz", "w:gz") as archive:
            archive.add(folder, "x")
        return into / "a.tar.gz"
    for file in files:
        (into / "gz").mkdir(exist_ok=True)
        (into / "gz" / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    return into / "gz"


def independent(folder: Path) -> list[tuple[str, str, float]]:
    """Read with nothing of ours."""
    found = []
    for name in official("sts13").files:
        texts = next(folder.rglob(name)).read_text("utf-8").splitlines()
        scores = next(folder.rglob(name.replace("input", "gs"))).read_text("utf-8").splitlines()
        found += [(*text.split("\t")[:2], float(score)) for text, score in zip(texts, scores, strict=True) if score]
    return found


def test_sick_in_its_form(tmp_path: Path) -> None:
    names = ["pair_ID", "sentence_A", "sentence_B", "relatedness_score", "entailment_judgment"]
    for file in official("sick-r").files:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None).writerows(
            [names, *([str(i), f"a {file} {i}", f"b {i}", f"{i / 2 + 1}", "NEUTRAL"] for i in range(4))]
        )
        (tmp_path / file).write_text(out.getvalue(), encoding="utf-8")

    whole = load_entry({"path": str(tmp_path), "name": "sick-r"}, name="sick-r")
    test = load_entry({"path": str(tmp_path / "SICK_test_annotated.txt"), "name": "sick-r/test"}, name="sick-r/test")

    assert (len(whole), len(test)) == (12, 4)
    assert test.gold.tolist() == [1, 1.5, 2, 2.5]


@pytest.mark.parametrize(("name", "gold"), [("klue-sts/dev", [0.25, 1.25]), ("klue-sts/mteb", [0.3, 1.3])])
def test_klue_has_both_readings(tmp_path: Path, name: str, gold: list[float]) -> None:
    rows = [
        {"sentence1": "가", "sentence2": "나", "labels": {"label": i + 0.3, "real-label": i + 0.25}} for i in range(2)
    ]
    (tmp_path / "klue-sts-v1.1_dev.json").write_text(json.dumps(rows, indent=2), encoding="utf-8")

    data = load_entry({"path": str(tmp_path), "name": name}, name=name)

    assert data.gold.tolist() == gold


def test_korsts_as_mteb_reads_it(shared: Path) -> None:
    folder = shared / "data" / "korsts"

    ours = load_entry({"path": str(folder), "name": "korsts/test"}, name="korsts/test")
    mteb = load_entry({"path": str(folder), "name": "korsts/mteb"}, name="korsts/mteb")
    dev = load_entry({"path": str(folder), "name": "korsts/dev"}, name="korsts/dev")

    assert (len(ours), len(mteb), len(dev)) == (1379, 1376, 1500)
    assert not any("not the official files" in note for note in (*ours.notes, *mteb.notes, *dev.notes))


def test_official_file_with_another_count_is_an_error(semeval: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = official("sts13")
    facts = {
        name: FileFacts(hashlib.sha256(next(semeval.rglob(name)).read_bytes()).hexdigest(), 6, 6)
        for name in entry.files
    }
    monkeypatch.setattr("embedmark.datasets.official.facts_of", lambda title: facts)

    with pytest.raises(DatasetError, match="and the official file has 6"):
        load_official(entry, semeval, source="here")


def test_missing_file_is_named(semeval: Path) -> None:
    next(semeval.rglob("STS.gs.headlines.txt")).unlink()

    with pytest.raises(DatasetError) as caught:
        load_entry({"path": str(semeval), "name": "sts13"}, name="sts13")

    assert caught.value.message == "sts13 needs the file STS.gs.headlines.txt, and it is not there"


def test_name_alone_says_where_to_get_the_files(cache: Path, semeval: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_named("sts13")
    hint = str(caught.value.hint)
    (cache / "datasets").mkdir(parents=True)
    semeval.rename(cache / "datasets" / "sts13")

    assert "`path: FOLDER_OR_ARCHIVE` with `name: sts13`" in hint
    assert len(load_named("sts13")) == 15
    assert next(entry for entry in catalogue() if entry.name == "sts13").cached


@pytest.mark.parametrize(("name", "found"), [
    ("mteb/stsbenchmark-sts", "stsb/test"), ("sentence-transformers/stsb", "stsb/test"), ("STSBenchmark", "stsb/test"),
    ("mteb/sts12-sts", "sts12"), ("STS16", "sts16"), ("mteb/sickr-sts", "sick-r"), ("SICK-R", "sick-r"),
    ("mteb/biosses-sts", "biosses"), ("klue", "klue-sts/mteb"), ("KLUE-STS", "klue-sts/mteb"),
    ("KorSTS", "korsts/mteb"), ("dkoterwa/kor-sts", "korsts/mteb"), ("JSTS", "jsts/valid"),
    ("PhilipMay/stsb_multi_mt", "stsb-multi/en"), ("someone/unknown", None),
])  # fmt: skip
def test_alias_of_a_dataset_is_resolved(name: str, found: str | None) -> None:
    assert alias_of(name) == found


@pytest.mark.parametrize("name", ["mteb/stsbenchmark-sts", "MTEB/STSBenchmark-STS", "stsb-test"])
def test_hub_name_gets_a_did_you_mean(name: str) -> None:
    with pytest.raises(DatasetError) as caught:
        load_named(name)

    assert str(caught.value.hint).startswith("did you mean 'stsb/test'?")


def test_catalogue_dataset_takes_slices() -> None:
    data = load_named_entry({"name": "ko-sample", "by": ["topic", "length"]}, offline=True)

    assert set(data.slices) == {"topic", "length"}
    assert len(data.slices["topic"]) == 60
    assert len(set(data.slices["length"])) == 3


def test_hub_name_as_a_path_gets_a_did_you_mean(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_entry({"path": "mteb/stsbenchmark-sts"}, name="x", folder=tmp_path)

    assert str(caught.value.hint).startswith("did you mean 'stsb/test'?")


def test_slices_of_stsb_go_by_the_names_of_its_columns(fake_pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    named = replace(entries.ENTRIES[0], names=("genre", "file"))
    monkeypatch.setattr(entries, "ENTRIES", (named, *entries.ENTRIES[1:]))
    pull("toy", run=fake_pip)

    data = load_named_entry({"name": "toy/a", "by": ["file", "genre", 3]}, offline=True)

    assert data.slices == {"file": ("f", "f"), "genre": ("g", "g"), "3": ("y", "y")}
