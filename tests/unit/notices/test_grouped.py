"""Warnings of one kind are one sentence; the manifest keeps them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from embedmark.notices import Circumstances, Notice
from embedmark.notices.grouped import grouped

RUN = Circumstances(measures=["throughput"], max_seconds=10.0, passes=10, target=0.02)
NOISE = {"a fixed calculation": 368, "the hypervisor": 8}
NOISY = replace(RUN, checks=428, noisy=376, reasons=NOISE, kernel_limit=0.15)


def messages(*warnings: tuple[str, dict[str, Any]], run: Circumstances = RUN) -> list[str]:
    notices = [Notice(code, f"{code} {i}", code, data) for i, (code, data) in enumerate(warnings)]
    return [message for message, _ in grouped(notices, run)]


def cell(code: str, provider: str, batch_size: int, **data: Any) -> tuple[str, dict[str, Any]]:
    return code, {"provider": provider, "batch_size": batch_size, **data}


def test_settings_stopped_by_the_budget_are_named_once() -> None:
    stopped = [("minilm", 1, 3), ("cross", 1, 3), ("minilm", 8, 8), ("cross", 8, 5)]
    found = [cell("few-samples", who, batch, measure="throughput", passes=n) for who, batch, n in stopped]
    most = [cell("wide-interval", "b", 8, measure="throughput", why="passes", passes=100, half_width=0.03)]
    assert messages(*most) == [
        "throughput stopped after 100 passes, the limit, in 1 setting (b batch 8), with an interval of ±3 % "
        "(asked: ±2 %)"
    ]
    wide = [cell("wide-interval", "minilm", 32, measure="throughput", passes=12, half_width=0.0341)]
    assert messages(*found, *wide) == [
        "throughput was stopped by its 10 s budget in 4 settings (minilm batch 1, 8; cross batch 1, 8), after 3 to 8 "
        "of 10 passes",
        "throughput was stopped by its 10 s budget in 1 setting (minilm batch 32), with an interval of ±3.4 % "
        "(asked: ±2 %)",
    ]


def test_spread_outliers_and_few_calls() -> None:
    spread = [cell("high-variance", "큰 모델", b, passes=30, spread=s) for b, s in ((1, 0.3055), (8, 0.062))]
    images = [cell("high-variance", "clip", 8, passes=30, spread=0.11, unit="image")]
    outliers = [cell("outliers", "a", b, passes=30, outliers=n) for b, n in ((1, 6), (8, 9))]
    calls = [("few-samples", {"provider": p, "scenario": "server", "calls": n}) for p, n in (("a", 30), ("b", 9))]
    assert messages(*spread, *images, *outliers, *calls) == [
        "passes differ by more than 5 % (6 to 31 %, one robust standard deviation) in 3 settings (큰 모델 batch 1, 8; "
        "clip images, batch 8)",
        "some passes (20 to 30 %) are far from the median pass in 2 settings (a batch 1, 8)",
        "too few calls for an interval of p95 (72 are enough) or p99 (368 are enough): a server, 30 calls; "
        "b server, 9 calls",
    ]


def test_the_machine_and_duplicate_pairs() -> None:
    pairs = [("duplicate-pairs", {"dataset": f"stsb/{name}", "pairs": n}) for name, n in (("test", 2), ("dev", 3))]
    assert messages(("noisy-host", {}), *pairs, run=NOISY) == [
        "the machine was noisy at 376 of 428 checks: a fixed calculation was over 15 % slower than usual "
        "(368), "
        "the hypervisor took CPU time (8)",
        "stsb/test has 2 duplicate pairs, stsb/dev 3 (in either order)",
    ]
    assert messages(("duplicate-pairs", {"dataset": "쌍", "pairs": 1})) == ["쌍 has 1 duplicate pair (in either order)"]


def test_unknown_warning_keeps_its_own_sentence() -> None:
    assert messages(*[("new", {})] * 6, ("high-variance", {})) == [
        "new 0; new 1; new 2; new 3; and 2 more (manifest.json)",
        "high-variance 6",
    ]


def test_many_providers_are_not_all_named() -> None:
    found = [cell("high-variance", f"p{i}", 8, passes=30, spread=0.1) for i in range(30)]
    [text] = messages(*found)
    assert "in 30 settings (p0 batch 8;" in text
    assert text.endswith("p5 batch 8; and 24 more providers)")


def test_accuracy_alone_has_no_warning_about_timings() -> None:
    noisy = ("noisy-host", {"share": 0.9})
    kept = ("truncation", {})

    found = messages(noisy, kept, run=replace(NOISY, measures=["accuracy"]))

    assert found == ["truncation 1"]
