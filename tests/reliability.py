"""docs/reliability.md: each fault, what happens, and how often it was tried. `make faults` writes it."""

from __future__ import annotations

import os
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/reliability.md"
_HEAD = """# Reliability

`make faults` tries each fault as often as the table says, and writes this page; `make test` tries each a few times.

| fault | what happens | tried |
|---|---|---|
"""


def record(fault: str, happens: str, tried: int) -> None:
    """Put a row into docs/reliability.md, where EMBEDMARK_RELIABILITY=write. Called once all tries have passed."""
    if os.environ.get("EMBEDMARK_RELIABILITY") != "write":
        return
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _HEAD
    rows = {line.split(" | ")[0]: line for line in text.splitlines() if line.startswith("| ") and "| fault" not in line}
    rows[f"| {fault}"] = f"| {fault} | {happens} | {tried:,} |"
    PAGE.write_text(_HEAD + "\n".join(sorted(rows.values())) + "\n", encoding="utf-8")
