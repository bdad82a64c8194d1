"""The recorded runs in results/reference: their tables follow from their raw rows, and the README shows one of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from embedmark.derive.verify import Verification
from embedmark.pipeline import report, verify
from embedmark.report.sentences.scaling import scaling_answers
from embedmark.report.tables.summary import make_view
from embedmark.report.terminal import terminal_text
from embedmark.report.text.numbers import correlation, duration, interval, number
from embedmark.runs.derived import derive_files
from embedmark.store.cells import Cell
from embedmark.store.read import read_manifest
from embedmark.version import __version__
from tools.validity.outcome import read

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference"
RUNS = sorted(path.parent.name for path in REFERENCE.glob("*/manifest.json"))


def prose(page: str = "README.md") -> str:
    """Return a page in one line."""
    return " ".join((ROOT / page).read_text(encoding="utf-8").replace("\n> ", " ").split())


@pytest.mark.parametrize("name", RUNS)
def test_every_recorded_run_is_as_it_was_measured(name: str) -> None:
    """A run of another version keeps its seal; `verify` says who wrote its tables, and calls none edited."""
    found = verify(REFERENCE / name)

    assert found.findings == ()
    assert found.sealed
    version = read_manifest(REFERENCE / name).deriver
    assert found.derived_by == ("" if version == __version__ else version)


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_is_derived_anew(name: str, tmp_path: Path) -> None:
    copy = tmp_path / name
    shutil.copytree(REFERENCE / name, copy)

    report(copy)

    assert verify(copy) == Verification(findings=(), sealed=True)
    assert read_manifest(copy).derived_by == __version__


@pytest.mark.slow
def test_the_readme_shows_the_run_of_the_quick_suite() -> None:
    raw, derived, _ = derive_files(REFERENCE / "demo")
    printed = terminal_text(make_view(raw.manifest, derived), Path("results/reference/demo"), 80)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = "stsb/test, 1,379 pairs\n" + readme.partition("```\nstsb/test, 1,379 pairs\n")[2].partition("```")[0]
    assert shown.splitlines() == [line.rstrip() for line in printed.rstrip().splitlines()]


def value(row: Mapping[str, Cell], column: str) -> float:
    return float(str(row[column]))


@pytest.mark.slow
def test_the_docs_read_the_run_of_the_quick_suite_correctly() -> None:
    raw, derived, _ = derive_files(REFERENCE / "demo")
    rows = {str(row["provider"]): row for row in derived.tables["summary.csv"]}
    page = prose("docs/report.md")
    share, speed = (value(rows["wordllama"], c) / value(rows["minilm"], c) for c in ("value", "items_per_s"))
    assert f"reach {100 * share:.0f} % of that score at {speed:.0f} times the speed" in page
    *fitted, _ = raw.manifest.suite.measure.scaling.sizes
    assert f"projected from {fitted[0]} to {fitted[-1]} texts" in page
    passes = {(row["provider"], row["batch_size"]): row["host_state"] for row in derived.tables["throughput.csv"]}
    noisy = {row for row, state in passes.items() if state == "noisy"}
    assert noisy == {("wordllama", 1), ("wordllama", 8)}
    assert "these two rows of throughput are `noisy`; the other ten are `quiet`" in page
    assert f"{len(passes) - len(noisy)} of its {len(passes)} rows of throughput are `quiet`" in prose()


@pytest.mark.slow
def test_the_docs_show_the_run_of_the_local_suite() -> None:
    tables = derive_files(REFERENCE / "local")[1].tables
    summary = tables["summary.csv"]
    page = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    table = page.partition("| STS-B test, 1,379 pairs |")[2].partition("\n\n")[0].splitlines()[2:]
    shown = {(cells := line.strip("| ").split(" | "))[0].split(" (")[0]: cells[1:] for line in table}
    wanted = {
        f"{row['provider']}{' ●' if row['tie_group'] == 1 else ''}": [
            correlation(row["value"]),
            interval(row["ci_low"], row["ci_high"]),
            number(row["items_per_s"]),
        ]
        for row in summary
        if row["dataset"] == "stsb/test"
    }
    assert shown == wanted
    gain = {str(row["provider"]): row for row in tables["scaling_facts.csv"] if row["fact"] == "spearman-gain"}
    less, more = (
        [f"{value(gain[f'{name}+cross'], column):+.4f}" for column in ("value", "ci_low", "ci_high")]
        for name in ("minilm", "mpnet")
    )
    text = prose("docs/scaling.md")
    better = "significantly better than the bi-encoder of its own size"
    assert f"{better} ({less[0]}, simultaneous 95 % interval {less[1]} to {less[2]})" in text
    assert f"is not significant ({more[0]}, {more[1]} to {more[2]})" in text
    assert float(less[1]) > 0 > float(more[1])


@pytest.mark.slow
def test_readme_and_docs_quote_the_scaling_run() -> None:
    tables = derive_files(REFERENCE / "scaling")[1].tables
    page = prose("docs/scaling.md")
    assert scaling_answers(tables)[0] in prose()
    facts = tables["scaling_facts.csv"]
    off = [f"{100 * value(row, 'value'):+.0f} %" for row in facts if row["fact"] == "projection-off"]
    assert f"the projections were off by {off[0]}, {off[1]} and {off[2]}" in page
    times = {str(row["provider"]): duration(row["seconds"]) for row in tables["scaling.csv"] if row["n"] == 1000}
    assert f"bi-encoder takes {times['minilm']} and the cross-encoder of the same size takes {times['cross']}" in page
    sizes = {basis: [row["n"] for row in tables["scaling.csv"] if row["basis"] == basis and row["provider"] == "cross"]
             for basis in ("measured", "held-out")}  # fmt: skip
    assert f"from times at {', '.join(map(str, sizes['measured'][:-1]))} and {sizes['measured'][-1]} texts" in page
    assert f"At {sizes['held-out'][0]} texts, which the fits had not seen" in page


def test_the_readme_quotes_validity() -> None:
    rows = read(REFERENCE / "validity.csv")
    readme = prose()

    def percent(experiment: str, has: str = "", without: str = "-") -> list[str]:
        found = [float(r["found"]) for r in rows if r["experiment"] == experiment and has in r["case"]
                 and without not in r["case"]]  # fmt: skip
        return [f"{100 * share:.1f} %" for share in (min(found), max(found))]

    known, percentiles = percent("coverage", without="latency"), percent("coverage", "latency")
    assert f"contained the true value in {known[0].removesuffix(' %')} to {known[1]} of experiments" in readme
    assert f"and in {percentiles[0].removesuffix(' %')} to {percentiles[1]} (latency percentiles)" in readme
    simulated = [row for row in rows if row["experiment"] in ("coverage", "a/a", "power")]
    # Of slowdowns, `n` counts those that were judged.
    assert {int(row["n"]) for row in simulated if "slowdown" not in row["case"]} == {1000}
    twos = [percent("a/a")[1], percent("few pairs", "a/a, 2")[1], percent("families of timings", "of 2 equal")[1]]
    assert f"called different in at most {max(twos)}" in readme
    families = [percent("few pairs", "a/a, 30")[1], percent("families of timings", "of 30 equal")[1]]
    assert f"by few pairs or by their speed, in at most {max(families)})" in readme
    assert f"difference of 0.01 was found in {percent('power', 'Spearman')[0]}" in readme
    least, most = percent("power", "smallest")
    stated = f"stated to be found in 90 % was found in {least.removesuffix(' %')} to {most}"
    assert stated in readme
    assert f"a slowdown of 5 % in at least {percent('power', 'slowdown')[0]} of the rows that were judged" in readme
    [spread] = [row["detail"] for row in rows if row["case"] == "slowdown of 5 %, passes spread 5%"]
    unjudged = spread.removeprefix("`noisy`, so no verdict: ").partition("%")[0]
    assert f"where passes spread by 5 %, {unjudged} % of the rows were `noisy` and got no verdict" in readme
    held = [r for r in rows if r["experiment"] == "drift" and r["measures"].startswith("share of intervals")]
    slower = min(float(r["found"]) for r in held if "20 %" in r["case"])
    assert f"was projected from 10 to 80 texts in at least {100 * slower:.1f} %" in readme
    [call] = [float(r["found"]) for r in rows if r["case"] == "a timed call"]
    assert f"{call:.1f} µs to a timed call and at most {percent('overhead', 'a pass')[1]} to a pass" in readme
    [hogged] = [row["detail"] for row in rows if row["case"].startswith("every core taken")]
    assert "; 20 runs `noisy`" in hogged
    missed = readme.partition("**Missed**: ")[2].partition("**On the real clock**")[0]
    for row in rows:
        if row["verdict"] == "missed" and row["case"].startswith(("smallest", "Spearman", "a pass")):
            assert f"{100 * float(row['found']):.1f} %" in missed, row["case"]
    unshown = {row["case"] for row in rows if row["verdict"] == "not shown"}
    assert all(case.startswith("quiet control") for case in unshown)
    assert bool(unshown) == ("How seldom a quiet machine is called `noisy` is not shown" in readme)
    as_it_was, quiet = (
        {r["case"]: r for r in rows}[case] for case in ("the machine as it was", "quiet control, passes")
    )
    assert (
        f"Of {as_it_was['n']} more runs of one provider on that machine as it was, all were within 5 % or said so"
        in readme
    )
    assert float(as_it_was["found"]) == 1
    runs = quiet["detail"].partition(" quiet runs")[0]
    assert f"{runs} of them were quiet, and {100 * float(quiet['found']):.1f} % of their passes" in readme
