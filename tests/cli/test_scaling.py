"""Scaling as its user sees it: the counts, the sentence, and what a wrong request is told."""

from __future__ import annotations

import re

import pytest


def with_scaling(work, spec):
    path = work / "small.yaml"
    old = "scaling: {sizes: [4, 6, 8], project_to: [100], pairings: [], max_seconds: 0.5}"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, f"scaling: {spec}"), encoding="utf-8")


def only_scaling(work, spec):
    with_scaling(work, spec)
    path = work / "small.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    others = ("  accuracy:", "  throughput:", "  latency:")
    path.write_text("".join(line for line in lines if not line.startswith(others)), encoding="utf-8")


@pytest.mark.parametrize(("spec", "words"), [
    ("{sizes: [4, 900]}", ["900 texts are needed", "쌍 has 45 different ones", "replace: true"]),
    ("{pairings: [[overlap, 길이]]}", ["'overlap' is a cross-encoder", "a bi-encoder here: 길이", "pairings[0]"]),
    ("{pairings: [[길이, nobody]]}", ["no provider is called 'nobody'", "a cross-encoder here: overlap"]),
    ("{pairings: [[길이]]}", ["pairings"]),
    ("{candidates: 3}", ["candidates (3) are fewer than top_k (10)"]),
    ("{similarity_device: abacus}", ["similarity_device"]),
])  # fmt: skip
def test_a_wrong_request_is_exit_2_and_says_what_to_type(embedmark, work, spec, words):
    with_scaling(work, spec)
    done = embedmark("run", "small.yaml", "--out", "r")
    assert done.code == 2
    assert not (work / "r").exists()
    assert all(word in done.err for word in words)


def test_scaling_sentence_is_in_every_report(embedmark, work):
    only_scaling(work, "{sizes: [4, 6, 8], project_to: [10000]}")
    done = embedmark("run", "small.yaml", "--out", "r")
    assert done.code == 0
    shown = " ".join(done.out.split())
    assert re.search(r"All pairs of 10,000 texts: 길이 .*; overlap .*; 길이\+overlap ", shown)
    for name in ("report.md", "report.html"):
        text = (work / "r" / name).read_text(encoding="utf-8").replace("\\", "")
        assert "At 10,000 texts (far beyond what was measured), all pairs: 길이 " in text
        assert "two-stage (길이+overlap) with k = 20 takes up to" in text
        assert "projection against measurement at 8 texts, which the fits did not use" in text
    assert "<svg" in (work / "r/report.html").read_text(encoding="utf-8")
    assert embedmark("verify", "r").code == 0


def test_report_says_that_two_sizes_are_not_checked(embedmark, work):
    only_scaling(work, "{sizes: [4, 8]}")
    done = embedmark("run", "small.yaml", "--out", "r", "--only", "길이")
    assert done.code == 0
    assert "fewer than three sizes were measured" in (work / "r/report.md").read_text(encoding="utf-8")


def test_with_replacement_sizes_may_exceed_the_dataset(embedmark, work):
    only_scaling(work, "{sizes: [4, 100], replace: true, repeats: 1}")
    assert embedmark("run", "small.yaml", "--out", "r", "--only", "길이").code == 0


def test_verify_names_an_edited_neighbour(embedmark, work):
    only_scaling(work, "{sizes: [4, 6, 8], project_to: [100]}")
    embedmark("run", "small.yaml", "--out", "r")
    path = work / "r/neighbours.csv"
    header, first, rest = path.read_text(encoding="utf-8").split("\n", 2)
    cells = first.split(",")
    cells[5] = str((int(cells[5]) + 1) % 8)
    path.write_text("\n".join([header, ",".join(cells), rest]), encoding="utf-8")
    done = embedmark("verify", "r")
    assert done.code == 1
    assert "neighbours.csv: row 1, column neighbour: edited" in done.out + done.err


def test_only_leaves_out_the_pairings_of_the_others(embedmark, work):
    with_scaling(work, "{sizes: [4, 6], pairings: [[길이, overlap]]}")
    done = embedmark("plan", "small.yaml", "--only", "길이")
    assert done.code == 0
    assert "In two stages" not in done.out


def test_plan_counts_queries_against_a_corpus(embedmark, work):
    with_scaling(work, "{sizes: [4, 6, 8], project_to: [100]}")
    done = embedmark("plan", "small.yaml", "--queries", "100", "--corpus", "5000")
    assert done.code == 0
    assert done.out.splitlines()[-1].split() == ["5,000", "5,100", "500,000", "5,100", "+", "2,000"]
    assert "1,000 encodes, then at most 20,000 predictions, 20 candidates a text" in done.out
    assert embedmark("plan", "small.yaml", "--queries", "0").code == 2


def test_plan_says_what_is_encoded_and_what_is_predicted(embedmark, work):
    done = embedmark("plan", "small.yaml")
    head = next(line for line in done.out.splitlines() if line.startswith("provider"))
    assert "texts encoded ≤" in head
    assert "pairs predicted ≤" in head
