"""The other side of a provider that runs in a process of its own: calls by name, and what goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedmark.api import ProviderInfo
from embedmark.machine.collector import collector_off
from embedmark.machine.describe import thread_pools

# Methods that a provider may lack, and the reply used in their place.
_OPTIONAL: Mapping[str, Any] = {"observed": {}, "count_tokens": None, "index_bytes": None}


@dataclass(frozen=True, eq=False, slots=True)
class ProcessReply:
    """What the other process sends back: a value or an error, its provider's info, and its figures since birth.

    cpu_ns is of all its threads, to the nanosecond where the system counts so (os.times() has ticks of 10 ms); what
    processes of its own have used, such as a tokenizer's workers, is not in it.
    """

    value: Any
    error: Exception | None
    info: ProviderInfo | None
    cpu_ns: int
    peak_rss_mb: float


def answer_call(provider: Any, what: str, argument: Any, loop: asyncio.Runner) -> Any:
    """Return what a method of a provider returns, sync or async; `what` is its name without `a`."""
    if what == "load":
        with collector_off():
            provider.load()
        return None
    if what == "thread_pools":
        return thread_pools()
    if what == "encode_queries" and not any(hasattr(provider, name) for name in (what, f"a{what}")):
        what = "encode"
    method: Any = getattr(provider, what, None)
    if method is None and what in _OPTIONAL:
        return _OPTIONAL[what]
    if what in ("observed", "index_bytes"):
        return dict(method()) if what == "observed" else int(method())
    arguments = argument if what == "search" else (argument,)
    if method is None:
        return loop.run(getattr(provider, f"a{what}")(*arguments))
    value = method(*arguments)
    barrier = getattr(provider, "sync", None)
    if barrier is not None:
        barrier()
    return value
