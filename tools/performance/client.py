"""The API client beside a plain AsyncOpenAI loop on the same server, in turns: requests of 64 x 1,536."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from embedmark.calls.caller import Caller
from embedmark_providers.openai_api import OpenAIProvider
from tools.performance.child import ROOT
from tools.performance.model import Outcome

TEXTS, DIM, REQUESTS, CONNECTIONS, ROUNDS = 64, 1536, 60, 16, 7
GIVEN = [f"text number {i} which is of some words" for i in range(TEXTS * REQUESTS)]


def measure() -> list[Outcome]:
    """Return how many times the texts a second of the plain loop embedmark delivers, by wall time and CPU time."""
    import openai

    with _served() as url, asyncio.Runner() as runner:
        client = openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0)
        provider = OpenAIProvider("m", base_url=url, concurrency=CONNECTIONS)
        provider.load()
        caller = Caller(provider)
        sides = (lambda: runner.run(_plain(client)), lambda: caller.run(GIVEN, TEXTS))
        rounds = [_turn(*sides) for _ in range(ROUNDS + 1)]
        runner.run(client.close())
        caller.close()
    wall, cpu, own_cpu = (statistics.median(values) for values in zip(*rounds[1:], strict=True))
    growth = f"{own_cpu / REQUESTS * 1e3:.2f} ms of CPU time a request"
    return [
        Outcome("API client against a plain AsyncOpenAI loop, texts a second", 1.5, wall, "times", True, growth),
        Outcome("the same, by CPU time", None, cpu, "times", True),
    ]


def _turn(plain: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float, float]:
    times = []
    for work in (plain, ours):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    (their_wall, their_cpu), (own_wall, own_cpu) = times
    return their_wall / own_wall, their_cpu / own_cpu, own_cpu


async def _plain(client: Any) -> None:
    gate = asyncio.Semaphore(CONNECTIONS)

    async def one(texts: list[str]) -> Any:
        async with gate:
            reply = await client.embeddings.create(model="m", input=texts)
        return np.array([row.embedding for row in reply.data], dtype=np.float32)

    await asyncio.gather(*(one(GIVEN[i : i + TEXTS]) for i in range(0, len(GIVEN), TEXTS)))


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "tools.performance.canned", str(TEXTS), str(DIM)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}/v1"
        finally:
            server.kill()
