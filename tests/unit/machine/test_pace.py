"""The machine's typical pace, kept between runs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from embedmark.machine import pace as module
from embedmark.machine.pace import keep_pace, known_pace, pace_file


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path / "새 폴더"))
    return tmp_path


def test_the_typical_pace_moves_with_the_runs() -> None:
    assert known_pace() == {}
    for held, known in [(2000, 2000), (2400, 2100), (1900, 2000), (4000, 2500), (0, 2500)]:
        keep_pace({1: held})
        assert known_pace() == {1: known}
    keep_pace({})
    assert known_pace() == {1: 2500}


def test_every_number_of_threads_has_its_own_pace() -> None:
    keep_pace({1: 2000})
    keep_pace({2: 3000})

    assert known_pace() == {1: 2000, 2: 3000}


def test_a_pace_of_long_ago_is_forgotten() -> None:
    keep_pace({1: 2000}, date(2026, 1, 1))

    assert known_pace(date(2026, 1, 31)) == {1: 2000}
    assert known_pace(date(2026, 2, 1)) == {}
    keep_pace({1: 4000}, date(2026, 2, 1))
    assert known_pace(date(2026, 2, 1)) == {1: 4000}


def test_every_processor_and_interpreter_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_pace({1: 2000})
    monkeypatch.setattr(module, "cpu_name", lambda: "another CPU")
    assert known_pace() == {}
    keep_pace({1: 9000})
    assert known_pace() == {1: 9000}
    monkeypatch.undo()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"MACHINE": 3}', '{"MACHINE": {"kernel_ns": "x"}}',
                                     '{"MACHINE": {"kernel_ns": 5, "seen": "gestern"}}',
                                     '{"MACHINE": {"kernel_ns": 5, "seen": "2026-11-01"}}',
                                     '{"MACHINE": {"kernel_ns": {"1": -5}, "seen": "2999-01-01"}}'])  # fmt: skip
def test_damaged_pace_file_is_ignored(content: str) -> None:
    pace_file().parent.mkdir(parents=True)
    pace_file().write_text(content.replace('"MACHINE"', json.dumps(module._machine())), encoding="utf-8")
    assert known_pace() == {}
    keep_pace({1: 2000})
    assert known_pace() == {1: 2000}


def test_a_folder_that_takes_no_file_stops_nothing(cache: Path) -> None:
    (cache / "새 폴더").write_text("a file, not a folder", encoding="utf-8")
    keep_pace({1: 2000})
    assert known_pace() == {}
