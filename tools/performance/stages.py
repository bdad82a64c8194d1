"""CPU seconds and peak memory of each stage of one run, as JSON: `python -m tools.performance.stages SUITE OUT`."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from embedmark import pipeline
from embedmark.machine.pace import known_pace
from embedmark.machine.threads import limited_threads
from embedmark.measure.session import Session
from embedmark.planning.budget import RunLimits, make_budget
from embedmark.runs.derived import keep_notices, write_derived


def peak_mib() -> float:
    """Return the peak of this process's own memory; ru_maxrss would begin with that of its parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


def main(suite: str, out: str) -> None:
    """Run a suite without the vector cache as `embedmark run` does, and print what each stage took."""
    marks: list[tuple[str, float, float]] = [("import", time.process_time(), peak_mib())]

    def mark(name: str) -> None:
        marks.append((name, time.process_time(), peak_mib()))

    plan = pipeline.plan(pipeline.load_suite(suite))
    mark("plan: read the file")
    with limited_threads(plan.suite.threads):
        budget = make_budget(plan, RunLimits.of(None))
        folder, _ = Session(plan, budget, None, known_pace(), lambda _: None, False).measure(out)
    mark("measure: encode, score, write, seal")
    at_hand = keep_notices(folder, plan.datasets)
    mark("read back and analyse")
    write_derived(folder, at_hand)
    mark("derive tables and reports")
    before = 0.0
    stages = {}
    for name, at, mib in marks:
        stages[name] = {"cpu_s": round(at - before, 3), "peak_mib": round(mib)}
        before = at
    print(json.dumps(stages))  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
