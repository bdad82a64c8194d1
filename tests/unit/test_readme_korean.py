"""The Korean README: its commands run, and print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from embedmark.cli import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.ko.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", TEXT, re.S)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("embedmark ")]


def test_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"문장 {'가' * (i % 7)},글 {'나' * (i % 5)},{i % 6}" for i in range(30)]
    Path("pairs.csv").write_text("\n".join(["sentence1,sentence2,score", *rows]) + "\n", encoding="utf-8")

    codes = {}
    for command in COMMANDS:
        arguments = shlex.split(command)[1:]
        faster = ["--measure", "accuracy"] if arguments[0] == "run" else []
        codes[command] = main.run([*arguments, *faster])

    assert codes == dict.fromkeys(COMMANDS, 0)
    out = capsys.readouterr().out
    assert "보고서: results/" in out
    shown = next(block for block in BLOCKS if block.startswith("lexical: "))
    assert shown in "\n".join(line.rstrip() for line in out.splitlines()) + "\n"


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not link.startswith("http")]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
