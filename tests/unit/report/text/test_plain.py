"""A table without rich is the table that rich draws."""

from __future__ import annotations

import io
import random

import pytest
from rich.console import Console
from rich.text import Text

from embedmark.report.text.console import frame, print_table, terminal
from embedmark.report.text.plain import plain_table, terminal_width

WORDS = ("a", "minilm", "한국어", "–", "texts ≤", "", "all 5", "x" * 9, "漢字 é")


def drawn(titles: list[str], rows: list[list[str]], width: int) -> str:
    table = frame()
    for title in titles:
        table.add_column(Text(title), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=width, highlight=False, color_system=None).print(table)
    return text.getvalue()


@pytest.mark.parametrize("width", [24, 40, 80])
def test_a_plain_table_has_the_bytes_of_rich(width: int) -> None:
    draw = random.Random(width)
    compared = 0
    for _ in range(60):
        columns, rows = draw.randint(1, 6), draw.randint(1, 4)
        titles, *cells = [[draw.choice(WORDS) for _ in range(columns)] for _ in range(rows + 1)]
        plain = plain_table(titles, cells, width)
        if plain is not None:
            compared += 1
            assert f"{plain}\n" == drawn(titles, cells, width)

    assert compared > 10


def test_numbers_are_at_the_right() -> None:
    plain = plain_table(["name", "n"], [["a", "1,000"], ["b", "–"]], 80, [1])

    assert plain == "name      n\n───────────\na     1,000\nb         –"


def test_last_columns_are_left_out_where_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    print_table(["name", "n", "more"], [["a", "1", "x"]], numbers=[1], optional=1)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == ["name  n", "───────", "a     1"]


@pytest.mark.parametrize("cell", ["two\nlines", "a\ttab", "x" * 80])
def test_other_tables_are_left_to_rich(cell: str) -> None:
    assert plain_table(["name", "value"], [[cell, "1"]], 80) is None


@pytest.mark.parametrize("columns", ["0", "x", "50", ""])
def test_the_width_is_that_of_rich(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert terminal_width() == terminal().width


def test_color_that_is_asked_for_is_drawn_by_rich(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    print_table(["name"], [["minilm"]])

    assert "\x1b[1m" in capsys.readouterr().out
