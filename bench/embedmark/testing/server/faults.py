"""What can go wrong between a client and an /embeddings endpoint: each fault by name, with what it must come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    Attributes:
        name: its name in the matrix.
        about: what the server does.
        status: HTTP status, for a clean refusal; 0 where the fault is in the reply or on the wire.
        error: the error object of a refusal.
        headers: headers of a refusal.
        expect: the error class that a client must end with, if the fault never stops; "" where it must cope.
        retried: whether the client must try again.
        may_be_billed: whether a server may have done the work before it failed.
        split: whether the client must send the same texts in halves.
    """

    name: str
    about: str
    status: int = 0
    error: Mapping[str, str | None] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    expect: str = ""
    retried: bool = False
    may_be_billed: bool = False
    split: bool = False


def _refusal(  # noqa: PLR0913 - all but four are keywords with defaults
    name: str, status: int, message: str, expect: str, *, type_: str = "invalid_request_error", code: str | None = None,
    retried: bool = False, may_be_billed: bool = False, headers: Mapping[str, str] | None = None, split: bool = False,
) -> Fault:  # fmt: skip
    error = {"message": message, "type": type_, "code": code}
    return Fault(name, f"{status} {message}", status, error, headers or {}, expect, retried, may_be_billed, split)


def _gone(status: int, name: str) -> Fault:
    return _refusal(
        name, status, "The server had an error.", "NotAvailableError", type_="server_error", retried=True,
        may_be_billed=True,
    )  # fmt: skip


def _lost(name: str, about: str, expect: str = "NotAvailableError") -> Fault:
    return Fault(name, about, expect=expect, retried=True, may_be_billed=True)


def _useless(name: str, about: str, *, split: bool = False) -> Fault:
    return Fault(name, about, expect="BadResponseError", retried=True, may_be_billed=True, split=split)


FAULTS: Final[tuple[Fault, ...]] = (
    _refusal("400", 400, "Unknown parameter.", "ProviderError", split=True),
    _refusal("401", 401, "Incorrect API key provided: sk-abcdefghijkl.", "AuthenticationError", code="invalid_api_key"),
    _refusal("403", 403, "Your country is not supported.", "AuthenticationError"),
    _refusal("404", 404, "The model does not exist.", "NotAvailableError", code="model_not_found"),
    _refusal("408", 408, "Request time-out.", "NotAvailableError", retried=True, may_be_billed=True),
    _refusal("409", 409, "Conflict.", "NotAvailableError", retried=True),
    _refusal("413", 413, "Payload too large.", "LimitExceededError", split=True),
    _refusal("422", 422, "Unprocessable.", "ProviderError", split=True),
    _refusal("429 rate_limit_exceeded", 429, "Rate limit reached.", "RateLimitError", type_="requests",
             code="rate_limit_exceeded", retried=True),
    _refusal("429 slow_down", 429, "Slow down.", "RateLimitError", type_="slow_down", retried=True),
    _refusal("429 retry-after", 429, "Rate limit reached.", "RateLimitError", type_="requests",
             code="rate_limit_exceeded", retried=True, headers={"retry-after": "1"}),
    _refusal("429 insufficient_quota", 429, "You exceeded your current quota.", "QuotaError",
             type_="insufficient_quota", code="insufficient_quota"),
    *(_gone(status, str(status)) for status in (500, 502, 503, 504)),
    _lost("reset before the reply", "takes the request, then resets the connection"),
    _lost("closed before the reply", "takes the request, then closes the connection"),
    _lost("reset in the body", "resets the connection in the middle of the body"),
    _lost("closed in the body", "closes the connection in the middle of the body"),
    _lost("stall", "takes the request and never answers", "ProviderTimeoutError"),
    _lost("drip", "sends a byte now and then, for ever", "ProviderTimeoutError"),
    _lost("not HTTP", "answers with bytes that are no HTTP"),
    _useless("not JSON", "200 with a page of HTML"),
    _useless("truncated JSON", "200 with half of the JSON, as a whole body"),
    _useless("no data", "200 with an object that holds no `data`"),
    _useless("NaN", "200 with a vector that holds NaN", split=True),
    _useless("zero vector", "200 with a vector of zeros", split=True),
    _useless("missing row", "200 with one row too few"),
    _useless("duplicated index", "200 with the same index twice"),
    _useless("wrong dimension", "200 with vectors of another dimension than requested"),
    _useless("mixed dimensions", "200 with vectors of two dimensions"),
    _useless("short base64", "200 with base64 of 6 bytes"),
    _useless("broken base64", "200 with a string that is no base64"),
    Fault("reordered rows", "200 with the rows in another order, and right indexes", may_be_billed=True),
    Fault("float lists", "200 with lists of numbers where base64 was requested", may_be_billed=True),
    Fault("no usage", "200 without `usage`", may_be_billed=True),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Fault]] = {fault.name: fault for fault in FAULTS}
