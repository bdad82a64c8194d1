"""The console of the terminal: its width where the environment says none."""

from __future__ import annotations

import pytest

from embedmark.report.text.console import print_table, terminal


@pytest.mark.parametrize(("columns", "width"), [("0", 80), ("x", 80), ("-5", 80), ("50", 50), ("1", 1)])
def test_no_columns_are_eighty(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert terminal().width == width


def test_a_table_is_printed_without_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "0")

    print_table(["name"], [["minilm"]])

    assert "minilm" in capsys.readouterr().out
