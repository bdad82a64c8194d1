"""The harness against a bare asyncio loop over the same client on the same server, in turns; and against buckets."""

from __future__ import annotations

import asyncio
import base64
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from embedmark.calls.caller import Caller
from embedmark.testing.server.load import TokenBucket, fixed
from embedmark.testing.server.server import MisbehavingServer
from embedmark_providers.openai_api import OpenAIProvider

SERVICE_S, CONNECTIONS, REQUESTS, BATCH, ROUNDS = 0.1, 16, 96, 8, 3
TEXTS = [f"text number {i}" for i in range(REQUESTS * BATCH)]


async def bare(client: Any, dim: int) -> None:
    """What somebody would write by hand: a semaphore, the official client, numpy for base64."""
    gate = asyncio.Semaphore(CONNECTIONS)

    async def one(texts: Sequence[str]) -> Any:
        async with gate:
            reply = await client.embeddings.create(
                model="m", input=list(texts), encoding_format="base64", dimensions=dim
            )
        return np.stack([np.frombuffer(base64.b64decode(row.embedding), "<f4") for row in reply.data])

    batches = [TEXTS[i : i + BATCH] for i in range(0, len(TEXTS), BATCH)]
    await asyncio.gather(*(one(batch) for batch in batches))


@pytest.mark.parametrize("dim", [256, 1536, 3072])
def test_throughput_against_a_bare_loop(benchmark: Any, dim: int) -> None:
    import openai

    times: dict[str, list[float]] = {"bare": [], "embedmark": []}
    with MisbehavingServer(dim=dim, latency=fixed(SERVICE_S), keep_texts=False) as server, asyncio.Runner() as loop:
        client = openai.AsyncOpenAI(api_key="none", base_url=server.url, max_retries=0)
        provider = OpenAIProvider("m", base_url=server.url, dimensions=dim, concurrency=CONNECTIONS)
        provider.load()
        caller = Caller(provider)
        caller.run(TEXTS, BATCH)  # as the bare loop below: a pass to warm up, which also opens the pacing
        loop.run(bare(client, dim))

        def rounds() -> None:
            for _ in range(ROUNDS):
                start = time.perf_counter()
                loop.run(bare(client, dim))
                middle = time.perf_counter()
                caller.run(TEXTS, BATCH)
                times["bare"].append(middle - start)
                times["embedmark"].append(time.perf_counter() - middle)

        benchmark.pedantic(rounds, rounds=1, iterations=1)
        loop.run(client.close())
        caller.close()
    ratio = statistics.median(times["bare"]) / statistics.median(times["embedmark"])
    benchmark.extra_info["throughput against the bare loop"] = round(ratio, 3)
    print(f"\n{dim} dimensions: {ratio:.3f} of the bare loop's throughput {times}")
    assert ratio >= 0.9


@pytest.mark.parametrize("knows", ["headers", "requests_per_minute"])
def test_the_allowed_rate_is_used_and_kept(benchmark: Any, knows: str) -> None:
    rate, burst, seconds = 50.0, 10.0, 15.0
    bucket = TokenBucket(rate, burst, headers=knows == "headers")
    options: dict[str, Any] = {"requests_per_minute": rate * 60} if knows == "requests_per_minute" else {}
    with MisbehavingServer(latency=fixed(0.02), requests=bucket) as server:
        caller = caller_of(server, **options)
        start = time.perf_counter()
        benchmark.pedantic(caller.run, args=(TEXTS[: int(rate * seconds)], 1), rounds=1, iterations=1)
        took = time.perf_counter() - start
        ledger = caller.ledger
        caller.close()
    used, refused = ledger.delivered / took / rate, ledger.refused / ledger.requests
    print(f"\n{knows}: {used:.3f} of the allowed rate, {refused:.4f} of the requests refused")
    benchmark.extra_info.update(used=round(used, 3), refused=round(refused, 4))
    assert refused < 0.02
    assert used >= 0.9


@pytest.mark.parametrize(
    ("rate", "burst_s", "retry_after"), [(50.0, 0.2, True), (50.0, 10.0, False), (200.0, 1.0, False)]
)
def test_the_allowed_rate_is_learned_from_refusals(
    benchmark: Any, rate: float, burst_s: float, retry_after: bool
) -> None:
    """Half a minute in which the bucket is emptied and the rate is found, and a minute that shows what it comes to."""
    bucket = TokenBucket(rate, rate * burst_s, headers=False, retry_after=retry_after)
    with MisbehavingServer(latency=fixed(0.02), requests=bucket, keep_texts=False) as server:
        caller = caller_of(server)

        def send(seconds: float) -> tuple[float, float]:
            before, start = replace(caller.ledger), time.perf_counter()
            caller.run([f"text number {i}" for i in range(int(rate * seconds))], 1)
            took = time.perf_counter() - start
            delivered, sent = (getattr(caller.ledger, n) - getattr(before, n) for n in ("delivered", "requests"))
            return delivered / took / rate, (caller.ledger.refused - before.refused) / sent

        found = send(30.0 + burst_s)
        used, refused = benchmark.pedantic(send, args=(60.0,), rounds=1, iterations=1)
        caller.close()
    print(
        f"\n{rate:g} a second, {burst_s:g} s at once, Retry-After {retry_after}: {used:.3f} of the allowed rate, "
        f"{refused:.4f} of the requests refused; {found[0]:.3f} and {found[1]:.4f} while it was found"
    )
    benchmark.extra_info.update(used=round(used, 3), refused=round(refused, 4))
    assert used >= 0.9
    assert refused < 0.02
    assert found[0] >= 0.9
    assert found[1] < 0.05  # of 1,500: the callers who met the first refusal together, and those that found the rate


def caller_of(server: MisbehavingServer, **options: Any) -> Caller:
    provider = OpenAIProvider("m", base_url=server.url, dimensions=8, concurrency=CONNECTIONS, **options)
    provider.load()
    return Caller(provider)
