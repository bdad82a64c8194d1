"""A server on loopback that speaks OpenAI's /embeddings and misbehaves as told: for authors of network providers.

    with MisbehavingServer(faults=script("503", None)) as server:
        caller = Caller(MyProvider(base_url=server.url))
        ...
        assert server.bill.tokens <= caller.ledger.tokens + caller.ledger.tokens_unconfirmed

It also plays latency distributions and token buckets, and keeps a bill of every request that it may have charged.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedmark.testing.server.faults import BY_NAME, Fault
from embedmark.testing.server.load import Latency, TokenBucket
from embedmark.testing.server.replies import Answer, answer, tokens_of
from embedmark.testing.server.wire import send

# Which fault the next request meets; None: none. Called once a request, with the texts.
Faults = Callable[[random.Random, Sequence[str]], Fault | None]


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request as the server saw it.

    Attributes:
        texts: what was asked for.
        fault: the name of the fault that it met; "" for none.
        status: HTTP status of the answer; 0 where there was none.
        billed: tokens charged for it.
        usable: whether the reply held every vector.
    """

    texts: tuple[str, ...]
    fault: str
    status: int
    billed: int
    usable: bool


@dataclass(slots=True)
class Bill:
    """All requests, in the order in which they were answered."""

    entries: list[ServedRequest] = field(default_factory=list)
    requests: int = 0

    @property
    def tokens(self) -> int:
        """Tokens charged in all."""
        return sum(entry.billed for entry in self.entries)

    @property
    def delivered(self) -> int:
        """Tokens charged for replies that could be used."""
        return sum(entry.billed for entry in self.entries if entry.usable)


class MisbehavingServer:
    """An OpenAI-shaped server in a thread of its own. A context manager; `url` ends in /v1.

    Args:
        dim: dimension of its vectors (float32, unit length, made from the text alone: server_replies.vector_of).
        faults: which fault each request meets; default: none.
        latency: seconds that a request takes; default: none.
        requests, tokens: buckets that refuse with 429 what is too much.
        max_inputs, max_tokens: limits of one request, refused with 400 by name.
        key: the only API key that it takes; default: any.
        models: the models that it has; default: any.
        charge_lost: the chance that work is charged whose reply was lost or useless.
        seed: of all that is random.
        keep_texts: False leaves texts out of the bill, for millions of them.
    """

    def __init__(  # noqa: PLR0913 - each is a way to misbehave
        self,
        *,
        dim: int = 8,
        faults: Faults | None = None,
        latency: Latency | None = None,
        requests: TokenBucket | None = None,
        tokens: TokenBucket | None = None,
        max_inputs: int = 2048,
        max_tokens: int = 300_000,
        key: str | None = None,
        models: Iterable[str] | None = None,
        charge_lost: float = 1.0,
        seed: int = 0,
        keep_texts: bool = True,
    ) -> None:
        self.dim, self.faults, self.latency, self.key = dim, faults, latency, key
        self.buckets: dict[str, TokenBucket | None] = {"requests": requests, "tokens": tokens}
        self.max_inputs, self.max_tokens = max_inputs, max_tokens
        self.models = None if models is None else frozenset(models)
        self.charge_lost, self.keep_texts = charge_lost, keep_texts
        self.bill = Bill()
        self.url = ""
        self._rng = random.Random(seed)  # noqa: S311 - no secret
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="misbehaving-server", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> MisbehavingServer:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._stop.wait()
        server.close()
        here = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not here]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                path, headers, body = request
                reply, fault = await self._respond(path, headers, body)
                if not await send(writer, reply, fault):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _respond(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[Answer, Fault | None]:
        refused, content = self._refused(path, headers, body)
        if refused is not None:
            return refused, None
        texts: list[str] = content["input"] if isinstance(content["input"], list) else [content["input"]]
        self.bill.requests += 1
        tokens = sum(map(tokens_of, texts))
        limited = self._limited(texts, tokens)
        if limited is not None:
            self._enter(texts, "", limited.status, 0, usable=False)
            return limited, None
        fault = self.faults(self._rng, texts) if self.faults else None
        reply = answer(texts, fault, content, self.dim)
        # Charged before it is answered: the client may be gone by then.
        good = fault is None or (not fault.expect and fault.may_be_billed)
        lost = fault is not None and fault.may_be_billed and self._rng.random() < self.charge_lost
        self._enter(texts, fault.name if fault else "", reply.status, tokens if good or lost else 0, usable=good)
        reply.headers.update(self._told())
        if self.latency is not None:
            await asyncio.sleep(self.latency(self._rng, len(texts)))
        return reply, fault

    def _refused(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[Answer | None, dict[str, Any]]:
        if path not in ("/v1/embeddings", "/embeddings"):
            return Answer.error(404, f"unknown route {path}"), {}
        if self.key is not None and headers.get("authorization") != f"Bearer {self.key}":
            return Answer.error(401, "Incorrect API key provided.", code="invalid_api_key"), {}
        content: dict[str, Any] = json.loads(body)
        if self.models is not None and content["model"] not in self.models:
            message = f"The model `{content['model']}` does not exist."
            return Answer.error(404, message, code="model_not_found"), {}
        return None, content

    def _limited(self, texts: Sequence[str], tokens: int) -> Answer | None:
        if not texts or not all(texts):
            return Answer.error(400, "'$.input' is invalid: input cannot be an empty string.")
        if len(texts) > self.max_inputs:
            return Answer.error(400, f"array too long: expected at most {self.max_inputs}, got {len(texts)}.",
                                code="array_above_max_length")  # fmt: skip
        if tokens > self.max_tokens:
            return Answer.error(400, f"Requested {tokens} tokens, max {self.max_tokens} tokens per request.",
                                code="max_tokens_per_request")  # fmt: skip
        for kind, wanted in (("requests", 1), ("tokens", tokens)):
            bucket = self.buckets[kind]
            if bucket is not None and not bucket.take(wanted):
                refusal = Answer.error(429, f"Rate limit reached for {kind}.", type_=kind, code="rate_limit_exceeded")
                refusal.headers.update(self._told() | bucket.describe(kind, wanted))
                return refusal
        return None

    def _told(self) -> dict[str, str]:
        told: dict[str, str] = {}
        for kind, bucket in self.buckets.items():
            if bucket is not None:
                told.update(bucket.describe(kind))
        return told

    def _enter(self, texts: Sequence[str], fault: str, status: int, billed: int, *, usable: bool) -> None:
        kept = tuple(texts) if self.keep_texts else ()
        self.bill.entries.append(ServedRequest(kept, fault, status, billed, usable))


async def _read(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None  # the client has closed a connection that it kept
    first, *lines = head.split("\r\n")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines) if key}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return first.split(" ")[1], headers, body


def always(name: str) -> Faults:
    """Return faults: this one for every request."""
    return lambda _rng, _texts: BY_NAME[name]


def script(*names: str | None) -> Faults:
    """Return faults: the first for the first request, and so on; None, and after the last, no fault."""
    left = list(names)

    def following(_rng: random.Random, _texts: Sequence[str]) -> Fault | None:
        name = left.pop(0) if left else None
        return BY_NAME[name] if name is not None else None

    return following


def at_random(share: float, names: Iterable[str]) -> Faults:
    """Return faults: one of these for a `share` of the requests."""
    chosen = [BY_NAME[name] for name in names]
    return lambda rng, _texts: rng.choice(chosen) if rng.random() < share else None
