"""The recorded runs in results/reference: their tables follow from their raw rows, and the README shows one of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from embedmark.cli.derived import derive_files
from embedmark.report.format import correlation, duration, interval, number
from embedmark.report.scaling_text import scaling_answers
from embedmark.report.terminal import render
from embedmark.report.view import make_view
from embedmark.validate.outcome import read

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference"
RUNS = sorted(path.parent.name for path in REFERENCE.glob("*/manifest.json"))


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_every_table_follows_from_the_raw_rows(name: str) -> None:
    files = derive_files(REFERENCE / name)[2]
    tables = [file for file in files if file.endswith(".csv")]
    assert tables
    assert [file for file in tables if files[file] != (REFERENCE / name / file).read_bytes()] == []


@pytest.mark.slow
def test_the_readme_shows_the_run_of_the_quick_suite() -> None:
    raw, derived, _ = derive_files(REFERENCE / "quick")
    console = Console(file=io.StringIO(), width=80, highlight=False)
    render(console, make_view(raw.manifest, derived), Path("results/reference/quick"))
    assert isinstance(console.file, io.StringIO)
    printed = {line.rstrip() for line in console.file.getvalue().splitlines()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```\nstsb/test, 1,379 pairs\n")[2].partition("```")[0].splitlines()
    assert len(shown) == 7  # two lines of titles, a rule, four providers
    assert [line for line in shown if line not in printed] == []


@pytest.mark.slow
def test_the_readme_shows_the_run_of_the_local_suite() -> None:
    summary = derive_files(REFERENCE / "local")[1].tables["summary.csv"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| STS-B test, 1,379 pairs |")[2].partition("\n\n")[0].splitlines()[2:]
    shown = {(cells := line.strip("| ").split(" | "))[0].split(" (")[0]: cells[1:] for line in table}
    wanted = {
        f"{row['provider']}{' ●' if row['tie_group'] == 1 else ''}": [
            correlation(row["value"]),
            interval(row["ci_low"], row["ci_high"]),
            number(row["items_per_s"]),
            duration(row["seconds_at_1000"]),
        ]
        for row in summary
        if row["dataset"] == "stsb/test"
    }
    assert shown == wanted


@pytest.mark.slow
def test_the_readme_quotes_the_run_of_the_scaling_suite() -> None:
    tables = derive_files(REFERENCE / "scaling")[1].tables
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").replace("\n> ", " ").split())
    assert scaling_answers(tables)[0] in readme
    off = [
        f"{100 * float(str(r['value'])):.0f} %" for r in tables["scaling_facts.csv"] if r["fact"] == "projection-off"
    ]
    assert f"the times were {off[0]}, {off[1]} and {off[2]} above" in readme


def test_the_readme_quotes_validity() -> None:
    rows = read(REFERENCE / "validity.csv")
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

    def percent(experiment: str, has: str = "", without: str = "-") -> list[str]:
        found = [float(r["found"]) for r in rows if r["experiment"] == experiment and has in r["case"]
                 and without not in r["case"]]  # fmt: skip
        return [f"{100 * share:.1f} %" for share in (min(found), max(found))]

    known, percentiles = percent("coverage", without="latency"), percent("coverage", "latency")
    assert f"held the truth in {known[0]} to {known[1]}" in readme
    assert f"of percentiles in {percentiles[0]} to {percentiles[1]}" in readme
    assert f"called different in at most {percent('a/a')[1]}" in readme
    assert f"difference of 0.01 was found in {percent('power', 'Spearman')[0]}" in readme
    assert f"a slowdown of 5 % in at least {percent('power', 'slowdown')[0]}" in readme
    [call] = [float(r["found"]) for r in rows if r["case"] == "a timed call"]
    assert f"{call:.1f} µs to a timed call and at most {percent('overhead', 'a pass')[1]} to a pass" in readme
    [hogged] = [row["detail"] for row in rows if row["case"].startswith("every core taken")]
    assert "; 20 runs `noisy`" in hogged
    assert [row["case"] for row in rows if row["verdict"] == "missed"] == []
    unshown = {row["case"] for row in rows if row["verdict"] == "not shown"}
    assert all(case.startswith("quiet control") for case in unshown)
    assert bool(unshown) == ("How seldom a quiet machine is called noisy is not shown" in readme)
