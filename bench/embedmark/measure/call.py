"""One timed call of one item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedmark.calls.replies import Reply
from embedmark.measure.clock import Clock
from embedmark.measure.target import Target


@dataclass(frozen=True, slots=True)
class Call:
    """One timed call, in nanoseconds: how long it waited for its turn, and how long it then took.

    Attributes:
        queue_ns: from when it was due to its start; None where it was never due.
        elapsed_ns: the service, and nothing of the waits.
        cpu_ns: CPU time; None where calls overlap.
        tokens, requests: as the provider says.
        throttled_ns, retries: waits for a retry or the rate limit, with the attempts that failed, and how many these
            were; None where there is no such thing.
    """

    queue_ns: int | None
    elapsed_ns: int
    cpu_ns: int | None
    tokens: int | None
    requests: int
    throttled_ns: int | None = None
    retries: int | None = None

    @classmethod
    def of(cls, reply: Reply, elapsed_ns: int, *, queue_ns: int | None, cpu_ns: int | None) -> Call:
        """Return the call that gave `reply`."""
        used = reply.usage
        return cls(queue_ns, elapsed_ns, cpu_ns, used.tokens, used.requests, reply.throttled_ns, reply.retries)


def timed(target: Target, item: Any, clock: Clock, queue_ns: int | None = None) -> Call:
    """Call with one item, alone. Raises what the provider raises."""
    with target.stopwatch(clock) as took:
        reply = target.caller.call([item])
    target.caller.values(reply, 1)
    # A retry's sleep, and the attempts before it, are no service: they are throttled_ns.
    elapsed = took.elapsed_ns if reply.service_ns is None else reply.service_ns
    return Call.of(reply, elapsed, queue_ns=queue_ns, cpu_ns=took.cpu_ns)
