"""Runs against a server that fails at random: what it delivered is scored or named, and the ledger equals its bill.

EMBEDMARK_FAULTY_RUNS: how many; `make faults` does 1,000.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import embedmark as em
from embedmark.calls.budget import Budget
from embedmark.measure.session import Session
from embedmark.testing.server.faults import FAULTS
from embedmark.testing.server.server import Bill, MisbehavingServer, at_random
from tests.reliability import Tries, record

pytest.importorskip("openai")

RUNS = int(os.environ.get("EMBEDMARK_FAULTY_RUNS", "4"))
# Not those that only cost time, nor replies without usage, whose tokens are not known.
NAMES = [fault.name for fault in FAULTS if fault.name not in ("stall", "drip", "429 retry-after", "no usage")]
PAIRS = 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("quick", "interruptible")
def test_what_was_delivered_is_scored_or_named(tmp_path: Path) -> None:
    rows = [f"text {i} {'a' * (i % 7)}\tother {i} {'b' * (i % 5)}\t{i % 6}" for i in range(PAIRS)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", encoding="utf-8")
    ends: Counter[str] = Counter()
    tries = Tries(RUNS)
    with MisbehavingServer() as server:
        for seed in tries:
            ends[_one_run(seed, server, tmp_path)] += 1
    if tries.done >= 100:
        assert ends["complete"] > tries.done / 10, ends
        assert ends["failed"] > tries.done / 20, ends
        assert ends["budget"] > tries.done / 50, ends
    happens = (
        "what was delivered and billed is scored or named; the ledger equals the server's bill; --resume completes it"
    )
    record("An API that fails at random (30 kinds), under budgets", happens, tries.done)


def _one_run(seed: int, server: MisbehavingServer, folder: Path) -> str:
    rng = random.Random(seed)
    server.bill, server._rng = Bill(), random.Random(seed)
    server.faults = at_random(rng.choice([0.05, 0.2, 0.4]), NAMES)
    server.charge_lost, server.max_inputs = rng.random(), rng.choice([2, 50])
    max_requests = rng.choice([None, None, 8])
    suite = folder / f"s{seed}.yaml"
    options = f'{{base_url: "{server.url}", dimensions: {server.dim}, concurrency: 3}}'
    suite.write_text(
        f"providers: [{{name: api, use: openai, model: m, options: {options}}}]\n"
        "datasets: [{path: pairs.tsv}]\nmeasure: {accuracy: {batch_size: 4}}\n",
        encoding="utf-8",
    )
    plan = em.plan(em.load_suite(suite))
    budget = Budget(max_requests=max_requests)
    out, status = Session(plan, budget, None, {}, lambda _: None, False).measure(folder / f"r{seed}")
    _check(out, server.bill, seed)
    assert max_requests is None or server.bill.requests <= max_requests, seed

    server.faults = None
    delivered = Counter(text for entry in server.bill.entries if entry.usable for text in entry.texts)
    again = em.plan(em.load_suite(suite))
    if status != "complete":
        _, status_now = Session(again, Budget(), None, {}, lambda _: None, False).resume(out)
        assert status_now == "complete", seed
        _check(out, server.bill, seed)
    scored = [row for row in _table(out, "scores.csv") if row["predicted"]]
    assert len(scored) == PAIRS, seed
    total = Counter(text for entry in server.bill.entries if entry.usable for text in entry.texts)
    # The first call's text is asked for once more by the pass; nothing that was delivered is paid for twice.
    twice = [text for text, n in total.items() if n > 1 and delivered[text]]
    assert len(twice) <= 1, (seed, twice)
    return status


def _check(out: Path, bill: Bill, seed: int) -> None:
    """Hold the books against the server's, and look for each delivered pair among the scores."""
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    ledger = manifest["providers"][0]["ledger"]
    assert ledger["requests"] == bill.requests, seed
    assert ledger["tokens"] == bill.delivered, seed
    assert bill.tokens <= ledger["tokens"] + ledger["tokens_unconfirmed"], seed
    first = next((row for row in _table(out, "samples.csv") if row["phase"] == "first" and row["status"] == "ok"), None)
    usable = [entry for entry in bill.entries if entry.usable]
    if first is not None:
        usable = usable[1:]
    texts = {text for entry in usable for text in entry.texts}
    scored = {row["pair_id"] for row in _table(out, "scores.csv") if row["predicted"]}
    for i in range(PAIRS):
        pair = {f"text {i} {'a' * (i % 7)}", f"other {i} {'b' * (i % 5)}"}
        if pair <= texts:
            assert str(i + 1) in scored, (seed, i)
    if len(scored) < PAIRS:
        early = [
            row for row in _table(out, "samples.csv") if row["measure"] == "accuracy" and row["status"] == "incomplete"
        ]
        assert _table(out, "failures.csv") or any(row["error"] for row in early), seed


def _table(out: Path, name: str) -> list[dict[str, Any]]:
    with (out / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
