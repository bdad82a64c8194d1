"""A run directory while it is written, and read back."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path
from typing import Any

import pytest

from embedmark.errors import RunDirectoryError, StorageError
from embedmark.store.columns import RAW, SCHEMA_VERSION
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import read_run
from embedmark.store.write import RunDirectory, check_free, free_folder, run_id


def manifest() -> Manifest:
    return Manifest(schema_version=SCHEMA_VERSION, embedmark_version="0", run_id="한국어")


def test_rows_are_on_disk_as_soon_as_they_are_appended(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "실행", manifest())
    run.append("scores.csv", [{"provider": "NA", "dataset": "d", "pair_id": "1", "gold": 0.5, "predicted": None}])
    raw = read_run(tmp_path / "실행")  # not closed, not sealed: as after a kill
    assert raw.scores.to_dict("records")[0]["provider"] == "NA"  # a name, not a missing value
    assert math.isnan(raw.scores["predicted"][0])
    assert raw.samples.empty
    run.close()


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(RunDirectoryError, match="not empty"):
        RunDirectory(tmp_path, manifest())
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_an_unknown_column_is_a_defect(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "r", manifest()) as run, pytest.raises(KeyError):
        run.append("scores.csv", [{"provider": "a", "nonsense": 1}])


def test_a_full_disk_is_one_message(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    run = RunDirectory(tmp_path / "r", manifest())
    run._files["samples.csv"].close()
    run._files["samples.csv"] = full.open("w", encoding="utf-8")
    with pytest.raises(StorageError, match="No space left"):
        run.append("samples.csv", [{"provider": "a"}])
    run.close()


def test_seal_writes_the_checksums(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "r", manifest()) as run:
        run.append("failures.csv", [{"provider": "a", "message": "=cmd()"}])
        run.seal()
    sealed = json.loads((tmp_path / "r/manifest.json").read_text(encoding="utf-8"))
    assert set(sealed["raw"]) == set(RAW)
    assert sealed["raw"]["failures.csv"]["rows"] == 1
    assert "'=cmd()" in (tmp_path / "r/failures.csv").read_text()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda run: (run / "manifest.json").unlink(), "not a run directory"),
        (lambda run: (run / "manifest.json").write_text("{"), "cannot be read"),
        (lambda run: (run / "manifest.json").write_text('{"schema_version": 99}'), "schema version 99"),
        (lambda run: (run / "scores.csv").unlink(), "cannot be read"),
        (lambda run: (run / "scores.csv").write_text("a,b\n"), "columns"),
        (
            lambda run: (run / "scores.csv").write_text(f"{','.join(RAW['scores.csv'])}\na,b,1,x,,,,,,,\n"),
            "row 1, column gold",
        ),
    ],
)
def test_a_damaged_run_says_where(tmp_path: Path, damage: Any, words: str) -> None:
    RunDirectory(tmp_path / "r", manifest()).close()
    damage(tmp_path / "r")
    with pytest.raises(RunDirectoryError, match=words):
        read_run(tmp_path / "r")


def test_run_ids_are_file_names_in_any_language(tmp_path: Path) -> None:
    assert run_id("한국어 모델/비교", "2026-01-31T12:00:00+00:00") == "한국어-모델-비교-20260131-120000"
    assert run_id("///", "2026-01-31T12:00:00+00:00") == "run-20260131-120000"
    (tmp_path / "a").mkdir()
    assert free_folder(tmp_path, "a") == tmp_path / "a-2"


def test_nothing_is_appended_after_the_seal(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "r", manifest())
    run.append("scores.csv", [{"provider": "a", "dataset": "d", "pair_id": "1"}])
    run.seal()
    before = (tmp_path / "r/scores.csv").read_bytes()
    with pytest.raises(ValueError, match=r"scores\.csv after close"):
        run.append("scores.csv", [{"provider": "b"}])
    with pytest.raises(ValueError, match="after close"):
        run.append("ranks.csv", [])
    assert (tmp_path / "r/scores.csv").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_a_wrong_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "run", tmp_path / "file" / "deeper" / "run", tmp_path / ("가" * 200)):
        with pytest.raises(RunDirectoryError, match="the run cannot be written there"):
            check_free(out)
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(RunDirectoryError, match="may not be written"):
        check_free(tmp_path / "new" / "run")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.EACCES, RunDirectoryError), (errno.EROFS, RunDirectoryError), (errno.ENOSPC, StorageError),
     (errno.EDQUOT, StorageError), (errno.EIO, StorageError)],
)  # fmt: skip
def test_a_full_disk_is_told_from_a_wrong_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(kind, match="refused"):
        RunDirectory(tmp_path / "r", manifest())


def test_a_row_that_cannot_be_read_is_a_warning_and_not_silence(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "r", manifest())
    run.append("failures.csv", [{"provider": "a", "retries": 1}, {"provider": "b", "retries": 2}])
    run.seal()
    path = tmp_path / "r/failures.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("b,", "b", 1), encoding="utf-8")
    raw = read_run(tmp_path / "r")
    assert raw.failures["provider"].tolist() == ["a"]
    (warning,) = raw.manifest.warnings
    assert warning.message.startswith("failures.csv: 1 of its rows (2) do not have the columns")


def test_folder_whose_name_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="its name is not UTF-8"):
        check_free(tmp_path / "a\udcff")
