"""docs/reliability.md: each fault, what happens, and how often it was tried. `make faults` writes it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/reliability.md"
HEAD = """# Reliability

## What is kept

- `journal.sqlite` in the run folder has each request over a network before it is sent, and each reply of an accuracy or
  retrieval pass before its result is used (`synchronous=FULL`; `fullfsync` on macOS). Requests of timed measures are
  logged without waiting for the disk: a kill loses none, a power failure may lose the last ones.
- What is computed here costs no money: it is committed after each quarter of a second of work. A provider that computes
  over 20,000 items a second has no journal, which would slow it, and computes again after a kill.
- `embedmark run --resume RUN` continues: finished jobs are not repeated, replies are taken from the journal, and timed
  measures that were cut are measured again (their rows stay, as `incomplete`). Requests that were under way at a kill
  are counted as perhaps billed, with a row and a warning that name them. The journal is removed with the seal of a
  complete run.
- A bad reply is requested twice more. Then it costs its own items: their pairs have no score, and failures.csv names
  them.
- A pass that ends early scores the pairs that it has: status `incomplete`, with the reason.
- The vector cache is shared by runs, and no part of what a run needs to go on.

## What was tried

`make faults` makes these faults in full and writes this page; `make test` makes a few of each. The table says what was
tried last. A try that fails ends its test, and the row is not written. `EMBEDMARK_FAULT_SEED=1000 make faults` makes
other faults.

| fault | what happens | tried |
|---|---|---|
"""


class Tries:
    """The seeds of `n` tries. EMBEDMARK_FAULT_SEED is the first; after EMBEDMARK_FAULT_SECONDS no other try begins."""

    def __init__(self, n: int) -> None:
        self._n = n
        self.done = 0

    def __iter__(self) -> Iterator[int]:
        first = int(os.environ.get("EMBEDMARK_FAULT_SEED", "0"))
        ends = time.monotonic() + float(os.environ.get("EMBEDMARK_FAULT_SECONDS", "inf"))
        for seed in range(first, first + self._n):
            if time.monotonic() >= ends:
                return
            yield seed
            self.done += 1


def record(fault: str, happens: str, tried: int) -> None:
    """Put a row into docs/reliability.md, where EMBEDMARK_RELIABILITY=write. Called once all tries have passed."""
    if os.environ.get("EMBEDMARK_RELIABILITY") != "write":
        return
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    rows = {line.split(" | ")[0]: line for line in text.splitlines() if line.startswith("| ") and "| fault" not in line}
    rows[f"| {fault}"] = f"| {fault} | {happens} | {tried:,} |"
    PAGE.write_text(HEAD + "\n".join(sorted(rows.values())) + "\n", encoding="utf-8")
