"""Randomly faulty runs on the misbehaving server: whatever happens, the ledger agrees with the bill.

EMBEDMARK_LEDGER_RUNS: how many; `make e2e-openai` does 1,000.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

import numpy as np
import pytest

from embedmark.calls.budget import Budget
from embedmark.calls.caller import Caller
from embedmark.errors import EmbedmarkError
from embedmark.testing.server.faults import FAULTS
from embedmark.testing.server.replies import vector_of
from embedmark.testing.server.server import Bill, MisbehavingServer, at_random
from embedmark_providers.openai_api import OpenAIProvider

RUNS = int(os.environ.get("EMBEDMARK_LEDGER_RUNS", "60"))
# Not the ones that only cost time (their deadlines are tested in tests/providers), nor replies without usage, whose
# tokens nobody can tell.
NAMES = [f.name for f in FAULTS if f.name not in ("stall", "drip", "429 retry-after", "no usage")]
PASSING = [f.name for f in FAULTS if f.name in NAMES and (f.retried or not f.expect)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("quick")
def test_the_ledger_agrees_with_the_bill() -> None:
    outcomes: Counter[str] = Counter()
    faults = 0
    with MisbehavingServer() as server, asyncio.Runner() as loop:
        provider = OpenAIProvider("m", base_url=server.url, dimensions=server.dim)
        provider.load()
        for seed in range(RUNS):
            outcomes[_one_run(seed, server, provider, loop)] += 1
            faults += sum(entry.fault != "" for entry in server.bill.entries)
        loop.run(provider.aclose())
    # All ways to end have been there, and faults in plenty.
    assert outcomes["delivered"] > RUNS / 5, outcomes
    assert outcomes["BudgetError"] > RUNS / 20, outcomes
    assert faults > RUNS / 2, outcomes


def _one_run(seed: int, server: MisbehavingServer, provider: OpenAIProvider, loop: asyncio.Runner) -> str:
    rng = random.Random(seed)
    server.bill = Bill()
    server._rng = random.Random(seed)
    server.faults = at_random(rng.choice([0.05, 0.2, 0.4]), PASSING if rng.random() < 0.7 else NAMES)
    server.charge_lost = rng.random()
    server.max_inputs = rng.choice([2, 50])
    max_requests, max_usd = rng.choice([None, None, 6]), rng.choice([None, None, 0.0003])
    budget = Budget(max_requests=max_requests, max_usd=max_usd)
    caller = Caller(provider, budget=budget, usd_per_1m_tokens=1.0)
    caller._adapter._loop = loop  # one client and one loop for all runs: making them is most of the time
    texts = [f"{i} " + "x" * rng.randint(0, 40) for i in range(20)]
    try:
        values = caller.run(texts, 4).values
    except EmbedmarkError as error:
        outcome = type(error).__name__
    else:
        outcome = "delivered"
        np.testing.assert_allclose(values, [vector_of(text, server.dim) for text in texts], atol=1e-6)
    ledger, bill = caller.ledger, server.bill
    delivered = Counter(text for entry in bill.entries if entry.usable for text in entry.texts)
    assert ledger.tokens == bill.delivered, (seed, outcome)
    assert bill.tokens <= ledger.tokens + ledger.tokens_unconfirmed, (seed, outcome)
    assert ledger.requests == bill.requests, (seed, outcome)
    assert max(delivered.values(), default=0) <= 1, (seed, outcome)
    if outcome == "delivered":
        assert sorted(delivered) == sorted(texts), seed
    assert max_requests is None or bill.requests <= max_requests, seed
    assert max_usd is None or bill.tokens * 1e-6 <= max_usd + 1e-12, seed
    assert max_usd is None or budget.usd <= max_usd + 1e-12, seed
    return outcome
