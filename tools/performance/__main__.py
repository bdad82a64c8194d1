"""`python -m tools.performance [commands] [linear] [client] [report]`: one table, goal against measured.

`mteb` is not among what runs by default: it needs an environment with mteb (tools/performance/beside_mteb.py).
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from tools.performance import beside_mteb, big_report, client, commands, linear
from tools.performance.child import ROOT
from tools.performance.model import Outcome, table

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->"
ALL = ("commands", "linear", "client", "report")


def main(wanted: list[str]) -> int:
    """Measure, print the table, and write it into docs/performance.md if all of it was measured; 1 for a miss."""
    chosen = wanted or list(ALL)
    sizes = [int(n) for n in os.environ.get("EMBEDMARK_PERF_PAIRS", "10000,100000,1000000").split(",")]
    outcomes: list[Outcome] = []
    stages = ""
    load = os.getloadavg()[0]
    if "commands" in chosen:
        outcomes += commands.measure()
    if "linear" in chosen:
        found, stages = linear.measure(sizes)
        outcomes += found
    if "client" in chosen:
        outcomes += client.measure()
    if "report" in chosen:
        outcomes += big_report.measure()
    if "mteb" in chosen:
        outcomes += beside_mteb.measure()
    text = table(outcomes) + "\n"
    if stages:
        text += f"\nCPU seconds of each stage, and the peak memory of the process so far:\n\n{stages}\n"
    machine = f"{platform.machine()}, {os.cpu_count()} CPUs, load average {load:.1f}"
    said = f"Measured {datetime.now(UTC).date()} on {machine}.\n\n"
    print(said + text)  # noqa: T201 - this is what it is for
    if set(ALL) <= set(chosen):
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(before + BEGIN + said + text + END + after, encoding="utf-8")
    return int(any(outcome.verdict == "**missed**" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
