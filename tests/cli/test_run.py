"""`run`, `report` and `verify` on small providers: what is written, and what is said."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest
from scipy.stats import spearmanr

from embedmark.machine.pace import keep_pace
from embedmark.store.columns import ALL_DERIVED, ALL_RAW, DERIVED, RAW, REPORTS

Rows = list[dict[str, str]]


def table(run: Path, name: str) -> Rows:
    with (run / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_run_has_exactly_the_files_and_columns_of_the_design(embedmark, work):
    done = embedmark("run", "small.yaml", "--out", "실행")
    assert (done.code, done.out.rstrip().endswith("실행")) == (0, True)
    run = work / "실행"
    assert {p.name for p in run.iterdir()} == {"manifest.json", *RAW, *DERIVED, *REPORTS}
    for name, columns in {**RAW, **DERIVED}.items():
        with (run / name).open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == columns
    summary = table(run, "summary.csv")
    assert [row["provider"] for row in summary] == ["길이", "overlap"]
    assert [row["encodes_at_1000"] for row in summary] == ["1000", ""]
    assert [row["pair_predictions_at_1000"] for row in summary] == ["", "499500"]
    assert all(row["status"] == "ok" and row["error"] == "" for row in summary)
    for row in summary:
        scores = [s for s in table(run, "scores.csv") if s["provider"] == row["provider"]]
        rho = spearmanr([float(s["predicted"]) for s in scores], [float(s["gold"]) for s in scores]).statistic
        assert float(row["spearman"]) == pytest.approx(rho, abs=1e-9)
        assert (row["ci_low"], row["ci_high"]) == ("", "")  # its pairs share too few texts
        assert float(row["items_per_s"]) > 0
        assert float(row["usd_per_1k_items"]) == pytest.approx(1000 / 3600 / float(row["items_per_s"]), rel=1e-6)
    assert table(run, "failures.csv") == []


def test_run_warns_if_it_never_reaches_the_earlier_pace(embedmark, work):
    keep_pace(dict.fromkeys(range(1, 65), 1000))

    done = embedmark("run", "small.yaml", "--only", "길이", "--out", "second")

    assert done.code == 0
    warned = embedmark("show", "second", "--warnings").out
    assert "never reached its usual pace" in " ".join(warned.split())
    host = json.loads((work / "second" / "manifest.json").read_text(encoding="utf-8"))["host"]
    assert host["kernel_known_ns"] == 1000
    states = {row["host_state"] for row in table(work / "second", "samples.csv")}
    assert states - {""} == {"noisy"}


def test_require_quiet_stops_before_anything_is_written(embedmark, work, monkeypatch):
    waited = []
    monkeypatch.setattr(
        "embedmark.measure.session.wait_until_quiet", lambda s, say, **known: waited.append((s, known)) or "noise"
    )
    done = embedmark("run", "small.yaml", "--require-quiet", "--out", "run")
    assert done.code != 0
    assert "did not become quiet within 120 s: noise" in done.err
    assert "run without --require-quiet" in done.err
    assert waited == [(120, {"known_ns": {}})]
    assert not (work / "run").exists()
    monkeypatch.setattr("embedmark.measure.session.wait_until_quiet", lambda s, say, **known: None)
    assert embedmark("run", "small.yaml", "--only", "길이", "--require-quiet", "--out", "run").code == 0


def test_by_default_a_run_goes_to_results(embedmark, work):
    embedmark("run", "small.yaml", "--only", "길이")
    embedmark("run", "small.yaml", "--only", "길이")
    runs = sorted(p.name for p in (work / "results").iterdir())
    assert len(runs) == 2  # the second within the same second gets a name of its own
    assert runs[0].startswith("small-")


def test_the_manifest_says_what_was_measured_on_what(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r")
    manifest = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "complete"
    assert manifest["datasets"][0]["file_sha256"] == hashlib.sha256((work / "쌍.tsv").read_bytes()).hexdigest()
    assert manifest["providers"][0]["recipe"] == {"factor": 1.0}
    assert manifest["suite"]["measure"]["latency"]["calls"] == 80
    assert "numpy" in manifest["packages"]
    assert manifest["raw"]["scores.csv"]["rows"] == 80
    assert "쌍" in (work / "r/manifest.json").read_text(encoding="utf-8")  # readable, not escaped


def test_derived_files_come_back_to_the_byte(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r")
    before = {name: (work / "r" / name).read_bytes() for name in (*DERIVED, *REPORTS)}
    for name in before:
        (work / "r" / name).unlink()
    assert embedmark("verify", "r").code == 1
    assert embedmark("report", "r").code == 0
    assert {name: (work / "r" / name).read_bytes() for name in before} == before
    assert embedmark("verify", "r").code == 0


# Files of other runs: test_images.py, test_retrieval.py and test_keep_text.py edit theirs.
ELSEWHERE = {"ranks.csv", "judged.csv", "retrieval.csv", "compressed.csv", "compression.csv", "volume.csv", "texts.csv"}


def test_verify_names_the_cell_that_was_edited(embedmark, work):
    replace_in(work / "small.yaml", "pairings: []", "pairings: [[길이, overlap]], top_k: 2, candidates: 3")
    embedmark("run", "small.yaml", "--out", "whole")
    replace_in(work / "small.yaml", 'Length"}', 'Length", options: {fail: half}}')
    embedmark("run", "small.yaml", "--out", "half")
    for name in (*ALL_RAW, *ALL_DERIVED):
        if name not in ELSEWHERE:
            folder = "half" if name == "failures.csv" else "whole"
            path = work / folder / name
            before = path.read_bytes()
            place = edit_last_row(path)
            done = embedmark("verify", folder)
            assert (done.code, f"{name}: {place}" in done.out) == (1, True), done.out
            path.write_bytes(before)
    assert embedmark("verify", "whole").code == embedmark("verify", "half").code == 0


def edit_last_row(path):
    """Change a cell of a table's last row, and return its place as `verify` names it."""
    rows = table(path.parent, path.name)
    column = next(c for c in reversed(rows[-1]) if rows[-1][c] and c not in ("status", "host_state"))
    rows[-1][column] = "17.25"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return f"row {len(rows)}, column {column}"


def test_verify_finds_a_missing_row_and_an_edited_report(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r")
    scores = (work / "r/scores.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (work / "r/scores.csv").write_text("".join(scores[:5] + scores[6:]), encoding="utf-8")
    replace_in(work / "r/report.md", "# r", "# R")
    done = embedmark("verify", "r")
    assert "scores.csv: row 5: removed" in done.out
    assert "report.md: line 1" in done.out


def test_a_run_killed_before_its_end_can_be_reported(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r")
    manifest = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))
    manifest |= {"raw": {}, "status": "running", "finished_at": None}  # as a kill leaves it
    (work / "r/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with (work / "r/samples.csv").open("a", encoding="utf-8") as file:
        file.write("길이,bi-encoder,laten")  # a row cut short
    assert embedmark("report", "r").code == 0
    done = embedmark("verify", "r")
    assert done.code == 0
    assert "killed" in done.out


@pytest.mark.parametrize(
    ("fail", "measure", "words", "status"),
    [("load", "load", "the hub does not answer", "failed"), ("half", "accuracy", "CUDA error", "incomplete")],
)
def test_a_provider_that_fails_is_rows_and_exit_1(embedmark, work, fail, measure, words, status):
    replace_in(work / "small.yaml", 'Length"}', f'Length", options: {{fail: {fail}}}}}')
    if fail == "half":
        replace_in(work / "small.yaml", "resamples: 200", "resamples: 200, batch_size: 1")
    done = embedmark("run", "small.yaml", "--out", "r")
    assert done.code == 1
    assert "Traceback" not in done.err
    (failure,) = table(work / "r", "failures.csv")
    assert (failure["provider"], failure["measure"]) == ("길이", measure)
    assert words in failure["message"]
    failed, other = table(work / "r", "summary.csv")
    assert (failed["status"], other["status"]) == (status, "ok")
    assert words in failed["error"]
    assert words in done.out
    assert embedmark("verify", "r").code == 0


def test_constant_predictions_are_a_status_and_not_a_failure(embedmark, work):
    replace_in(work / "small.yaml", 'Length"}', 'Length", options: {fail: constant}}')
    assert embedmark("run", "small.yaml", "--out", "r").code == 0
    first = table(work / "r", "summary.csv")[0]
    assert (first["status"], first["value"], first["spearman"]) == ("constant-predictions", "", "")


def test_ctrl_c_keeps_what_was_measured(embedmark, work):
    replace_in(work / "small.yaml", 'Length"}', 'Length", options: {fail: interrupt}}')
    done = embedmark("run", "small.yaml", "--out", "r")
    assert done.code == 130
    assert json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))["status"] == "interrupted"
    assert table(work / "r", "samples.csv")
    assert embedmark("verify", "r").code == 0


def test_measure_runs_what_it_names_and_nothing_else(embedmark, work):
    text = (work / "small.yaml").read_text(encoding="utf-8").partition("measure:")[0]
    (work / "small.yaml").write_text(text + "measure: {accuracy: {}}\n", encoding="utf-8")
    embedmark("run", "small.yaml", "--out", "r")
    assert {row["measure"] for row in table(work / "r", "samples.csv")} == {"load", "accuracy"}
    for name in ("throughput.csv", "latency.csv", "cost.csv", "scaling.csv"):
        assert table(work / "r", name) == []


def test_prices_of_the_suite(embedmark, work):
    replace_in(
        work / "small.yaml",
        "hardware_usd_per_hour: 1.0",
        "prices: {길이: {usd_per_1m_tokens: 2.0, source: 견적, as_of: '2026-11-01'}}",
    )
    embedmark("run", "small.yaml", "--out", "r")
    (row,) = table(work / "r", "cost.csv")
    assert (row["basis"], row["price_source"], row["price_as_of"]) == ("estimated", "견적", "2026-11-01")
    assert float(row["usd"]) == pytest.approx(int(row["tokens"]) * 2e-6)


def test_plan_loads_nothing_and_writes_nothing(embedmark, work):
    replace_in(work / "small.yaml", 'Length"}', 'Length", options: {fail: load}}')
    before = sorted(work.iterdir())
    done = embedmark("plan", "small.yaml")
    assert done.code == 0
    assert sorted(p for p in work.iterdir() if p.name != "__pycache__") == before
    assert "499,500" in done.out


def test_show_prints_what_run_printed_and_writes_nothing(embedmark, work):
    done = embedmark("run", "small.yaml", "--out", "r")
    before = {path.name: path.stat().st_mtime_ns for path in (work / "r").iterdir()}

    shown = embedmark("show", "r")

    assert (shown.code, shown.out) == (0, done.out)
    assert {path.name: path.stat().st_mtime_ns for path in (work / "r").iterdir()} == before


def test_language_of_the_suite_is_that_of_every_report(embedmark, work):
    replace_in(work / "small.yaml", "providers:", "lang: ko\nproviders:")
    done = embedmark("run", "small.yaml", "--out", "r")

    assert "보고서: " in done.out
    assert "## 자세한 결과" in (work / "r/report.md").read_text(encoding="utf-8")
    assert embedmark("verify", "r").code == 0
    assert "page: " in embedmark("show", "r", "--lang", "en").out


def test_report_changes_the_language_of_a_run(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r", "--lang", "en")

    done = embedmark("report", "r", "--md", "--lang", "ko")

    assert "## 자세한 결과" in done.out
    assert embedmark("verify", "r").code == 0
    assert embedmark("report", "r", "--md").out == done.out


def test_report_forms(embedmark, work):
    embedmark("run", "small.yaml", "--out", "r")
    assert embedmark("report", "r", "--md").out == (work / "r/report.md").read_text(encoding="utf-8")
    assert embedmark("report", "r", "--html").out.strip().endswith("report.html")
    page = (work / "r/report.html").read_text(encoding="utf-8")
    assert "길이" in page
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?https?:""", page)  # asks nobody for anything


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_terminal_report_fits(embedmark, work, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    from rich.cells import cell_len

    done = embedmark("run", "small.yaml", "--out", "r")
    assert max(cell_len(line) for line in done.out.splitlines()) <= int(columns)


def test_a_process_of_its_own_has_a_peak_memory_of_its_own(embedmark, work):
    replace_in(work / "small.yaml", 'Length"}', 'Length", isolate: process, threads: 1}')
    assert embedmark("run", "small.yaml", "--out", "r").code == 0
    isolated, shared = table(work / "r", "summary.csv")
    assert float(isolated["peak_rss_mb"]) > 10
    assert shared["peak_rss_mb"] == ""
    assert isolated["status"] == shared["status"] == "ok"


def test_warnings_are_in_the_manifest_and_in_the_reports(embedmark, work):
    replace_in(work / "small.yaml", "calls: 80", "calls: 30")
    done = embedmark("run", "small.yaml", "--out", "r")
    warnings = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))["warnings"]
    assert "few-samples" in {warning["code"] for warning in warnings}
    assert "embedmark show r --warnings" in done.out
    assert "30 calls" in " ".join(embedmark("show", "r", "--warnings").out.split())
    assert "30 calls" in (work / "r/report.md").read_text(encoding="utf-8")
    assert "30 calls" in (work / "r/report.html").read_text(encoding="utf-8")
