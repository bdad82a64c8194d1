"""`python -m tools.performance [PART]...`: one table, goal against measured. `--help` names the parts."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tools.performance import beside_mteb, big_report, client, commands, linear, parts, sorting
from tools.performance.child import ROOT
from tools.performance.model import Outcome, table

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->"
ALL = ("commands", "linear", "client", "report")
_PARTS = {
    "commands": "CPU time of plan, compare and verify",
    "linear": "CPU time and memory of every stage at several numbers of pairs (--pairs)",
    "client": "the API client beside a plain AsyncOpenAI loop",
    "report": "the report of 30 providers, 10 datasets and 1,379 pairs",
    "sorting": "encoding in batches sorted by tokens, not characters, with MiniLM (--rounds, --fraction)",
    "mteb": "whole runs beside mteb, cold and a second time; several minutes; EMBEDMARK_MTEB names mteb's python",
    "suite": "encoding suites of several datasets beside mteb (--fraction); minutes a round; EMBEDMARK_MTEB as above",
}


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Return what the command line says. Exits with 2 where a part or an option is unknown."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.performance",
        description="Measure what embedmark costs, and print goal against measured; exit 1 for a missed goal.",
        epilog="parts:\n" + "\n".join(f"  {name:<9} {what}" for name, what in _PARTS.items())
        + "\n\nWithout a part: " + ", ".join(ALL) + "; docs/performance.md then gets the table.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(_PARTS))
    known = os.environ.get("EMBEDMARK_PERF_PAIRS", "10000,100000,1000000")
    parser.add_argument("--pairs", default=known, metavar="N,...", help="numbers of pairs of linear (%(default)s)")
    parser.add_argument("--rounds", type=_count, default=5, metavar="N", help="rounds of mteb, suite and sorting (5)")
    of_pairs = "of the pairs of suite and sorting, to try them out (1)"
    parser.add_argument("--fraction", type=_share, default=1.0, metavar="F", help=of_pairs)
    chosen = parser.parse_args(words)
    unknown = [part for part in chosen.parts if part not in _PARTS]
    if unknown:
        parser.error(f"no part is called {unknown[0]!r}; one of: {', '.join(_PARTS)}")
    try:
        chosen.sizes = [_count(n) for n in chosen.pairs.split(",")]
    except (ValueError, argparse.ArgumentTypeError):
        parser.error(f"--pairs {chosen.pairs!r} is not a list of numbers; for example --pairs 10000,100000")
    return chosen


def _count(text: str) -> int:
    if (n := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return n


def _share(text: str) -> float:
    if not 0 < (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and at most 1")
    return share


def main(words: Sequence[str]) -> int:
    """Measure, print the table, and write it into docs/performance.md if all of it was measured; 1 for a miss."""
    chosen = arguments(words)
    wanted = chosen.parts or list(ALL)
    load = os.getloadavg()[0]
    stages = ""
    outcomes: list[Outcome] = []
    if "linear" in wanted:
        outcomes, stages = linear.measure(chosen.sizes)
    others: dict[str, Callable[[], list[Outcome]]] = {
        "commands": commands.measure,
        "client": client.measure,
        "report": big_report.measure,
        "sorting": lambda: sorting.measure(chosen.rounds, chosen.fraction),
        "mteb": lambda: beside_mteb.measure(chosen.rounds),
        "suite": lambda: parts.measure(chosen.rounds, chosen.fraction),
    }
    outcomes += [outcome for part, measure in others.items() if part in wanted for outcome in measure()]
    text = table(outcomes) + "\n"
    if stages:
        text += f"\nCPU seconds of each stage, and the peak memory of the process so far:\n\n{stages}\n"
    machine = f"{platform.machine()}, {os.cpu_count()} CPUs, load average {load:.1f}"
    said = f"Measured {datetime.now(UTC).date()} on {machine}.\n\n"
    print(said + text)  # noqa: T201 - this is what it is for
    if set(ALL) <= set(wanted):
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(before + BEGIN + said + text + END + after, encoding="utf-8")
    return int(any(outcome.verdict == "**missed**" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
