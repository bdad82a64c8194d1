"""Lines and names as a terminal has room for them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from embedmark.report.text.fold import fold_name, hold, hold_commands, wrap


def test_a_percentage_stays_whole() -> None:
    text = hold("takes 2.62 min (95 %: 2.03 to 3.21)")
    assert "95\u00a0%:" in text
    for width in range(12, 40):
        lines = wrap(text, width)
        assert " ".join(lines) == "takes 2.62 min (95 %: 2.03 to 3.21)"
        assert all(len(line) <= width for line in lines)
        assert not any(line.endswith("(95") for line in lines)


def test_korean_takes_two_columns() -> None:
    lines = wrap("가나다라 마바사 abc", 8)
    assert lines == ["가나다라", "마바사", "abc"]
    assert all(cell_len(line) <= 8 for line in wrap("가" * 30, 9))


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("minilm", 9, "minilm"),
        ("● minilm", 9, "● minilm"),
        ("● 미니엘엠-한국어", 13, "● 미니엘엠-\n  한국어"),
        ("all-mpnet-base_v2 big", 10, "all-mpnet-\nbase_v2\nbig"),
        ("● 미니엘엠한국어", 9, "● 미니엘\n  엠한국\n  어"),
        ("wordllama-", 9, "wordllama\n-"),
    ],
)
def test_names_fold_where_a_reader_would_fold_them(name: str, width: int, expected: str) -> None:
    assert fold_name(name, width) == expected
    assert all(cell_len(line) <= width for line in expected.splitlines())


def test_a_command_stays_whole() -> None:
    lines = wrap(hold_commands("write `embedmark run --max-seconds S` to end the run"), 34)

    assert lines == ["write", "`embedmark run --max-seconds S` to", "end the run"]
