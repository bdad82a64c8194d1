"""A network provider against every fault of the misbehaving server: does it say the right thing, and count it right?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from embedmark.api import Provider
from embedmark.calls.caller import Caller
from embedmark.errors import EmbedmarkError
from embedmark.testing.server.faults import FAULTS, Fault
from embedmark.testing.server.replies import vector_of
from embedmark.testing.server.server import MisbehavingServer, script

DIM = 8
# A call's deadline in the matrix; a single attempt may take half of it.
DEADLINE_S = 3.0
_TEXTS = ("one", "two words", "세 번째 글")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault.

    Attributes:
        expected, seen: `delivered`, `delivered, request 2`, or the class of the error.
        problems: what is wrong; empty where all is as it must be.
    """

    fault: Fault
    expected: str
    seen: str
    seconds: float
    problems: tuple[str, ...]


def check_faults(make: Callable[[str], Provider], faults: Sequence[Fault] = FAULTS) -> Iterator[Outcome]:
    """Meet each fault once, with a new server and a new provider; the requests after it are answered well.

    Args:
        make: the provider for a server's address, constructed, with DIM dimensions and DEADLINE_S.
        faults: which.
    """
    for fault in faults:
        yield _meet(fault, make)


def _meet(fault: Fault, make: Callable[[str], Provider]) -> Outcome:
    with MisbehavingServer(dim=DIM, faults=script(fault.name)) as server:
        provider = make(server.url)
        provider.load()
        caller = Caller(provider)
        start = time.perf_counter()
        problems: list[str] = []
        try:
            values = caller.run(_TEXTS, len(_TEXTS)).values
            seen = _delivered(server.bill.requests)
            problems += _wrong_rows(values.tolist())
        except EmbedmarkError as error:
            seen = type(error).__name__
            if not error.hint and not error.where:
                problems.append("the error says neither where nor what to do")
        except Exception as error:  # noqa: BLE001 - what a broken provider lets through is what this is for
            seen = f"{type(error).__name__}, not an error of embedmark"
        seconds = time.perf_counter() - start
        caller.close()
        problems += _wrong_counts(fault, caller, server)
    expected = _delivered(2 if fault.retried else 1) if fault.retried or not fault.expect else fault.expect
    if fault.split and not fault.retried:
        expected = _delivered(3)  # the request, and its two halves
    if seen != expected:
        problems.insert(0, f"expected: {expected}")
    wait = float(fault.headers.get("retry-after", 0))
    if seconds < wait:
        problems.append(f"came back after {seconds:.2f} s, and retry-after said {wait:g}")
    return Outcome(fault, expected, seen, seconds, tuple(problems))


def _delivered(requests: int) -> str:
    return "delivered" if requests == 1 else f"delivered, request {requests}"


def _wrong_rows(rows: list[list[float]]) -> Iterator[str]:
    for text, row in zip(_TEXTS, rows, strict=True):
        if max(abs(a - b) for a, b in zip(row, vector_of(text, DIM).tolist(), strict=True)) > 1e-6:
            yield f"another text's vector for {text!r}"


def _wrong_counts(fault: Fault, caller: Caller, server: MisbehavingServer) -> Iterator[str]:
    ledger, bill = caller.ledger, server.bill
    if ledger.requests != bill.requests:
        yield f"{bill.requests} requests were sent, and {ledger.requests} counted"
    if ledger.tokens != bill.delivered and fault.name != "no usage":
        yield f"{bill.delivered} tokens were delivered, and {ledger.tokens} counted"
    if bill.tokens > ledger.tokens + ledger.tokens_unconfirmed:
        yield f"the bill is {bill.tokens} tokens, more than {ledger.tokens} and {ledger.tokens_unconfirmed} unconfirmed"
    failed = [attempt for attempt in ledger.attempts if attempt.status == "failed-attempt"]
    if len(failed) != ledger.requests - ledger.delivered:
        yield f"{ledger.requests - ledger.delivered} attempts failed, and {len(failed)} have a row"
