"""The sentences of a finished run: kept, found again under their hash, or not shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embedmark.datasets import load_file
from embedmark.datasets.again import sentences_of
from embedmark.store.manifest.model import Manifest

TEXT = "sentence1\tsentence2\tscore\n안녕\thello\t1\na cat\t고양이\t2\n"


def asked(dataset: object, entry: dict[str, Any]) -> Manifest:
    suite = {"providers": [], "datasets": [dataset], "measure": {}}
    return Manifest.from_json({"suite": suite, "datasets": [entry]})


def manifest(path: Path, **entry: Any) -> Manifest:
    data = load_file(path, name="쌍")
    facts = {"name": "쌍", "n_pairs": 2, "sha256": data.sha256, "source": str(path)}
    return asked({"path": path.name, "name": "쌍", "columns": {}}, facts | entry)


def test_a_file_is_found_again_under_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "쌍.tsv"
    path.write_text(TEXT, encoding="utf-8")
    said = manifest(path)
    assert sentences_of(said) == {"쌍": {"1": ("안녕", "hello"), "2": ("a cat", "고양이")}}
    path.write_text(TEXT.replace("hello", "hallo"), encoding="utf-8")
    assert sentences_of(said) == {}
    path.write_text("something else", encoding="utf-8")
    assert sentences_of(said) == {}
    path.unlink()
    assert sentences_of(said) == {}


def test_kept_sentences_need_no_file(tmp_path: Path) -> None:
    path = tmp_path / "쌍.tsv"
    path.write_text(TEXT, encoding="utf-8")
    said = manifest(path, texts={"pair_id": ["1"], "sentence1": ["kept"], "sentence2": ["지킨"]})
    path.unlink()
    assert sentences_of(said) == {"쌍": {"1": ("kept", "지킨")}}


def test_a_catalogue_dataset_is_not_fetched_for_a_report() -> None:
    entry = {"name": "no/such", "n_pairs": 2, "sha256": "0" * 64, "source": ""}
    assert sentences_of(asked("no/such", entry)) == {}
