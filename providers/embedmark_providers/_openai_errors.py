"""The exceptions of the openai client (3.x, over httpx2) as ProviderErrors: what may be retried or billed."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai

from embedmark.api import RateState, scrub
from embedmark.errors import (
    AuthenticationError,
    LimitExceededError,
    NotAvailableError,
    ProviderError,
    ProviderTimeoutError,
    QuotaError,
    RateLimitError,
)

_QUOTA = {"insufficient_quota", "billing_hard_limit_reached"}
# OpenAI's codes, and how vLLM, TEI, infinity, llama.cpp and Ollama word a request that is too large.
_LIMIT_CODES = {
    "context_length_exceeded",
    "max_tokens_per_request",
    "array_above_max_length",
    "string_above_max_length",
}
_LIMIT_WORDS = re.compile(
    r"maximum context length|max(imum)?[ _](allowed[ _])?(batch|input|token|number|request|length|items|sequence)"
    r"|too (many|long|large)|at most \d+|exceed\w*\b.*\b(limit|maximum|length|batch|context)"
    r"|reduce (your|the) (prompt|input)"
    r"|larger than the (max|physical batch)",
    re.IGNORECASE,
)
# A shorter one is a word, such as "none" or "EMPTY", for a server that wants any.
_SHORTEST_KEY = 6
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def translate(error: openai.OpenAIError, *, model: str, where: str, key_env: str | None, key: str) -> ProviderError:
    """The ProviderError that says the same. Its message holds no key.

    Args:
        error: what the client raised.
        model: the model that was asked for.
        where: the server, for the message.
        key_env: the environment variable that holds the key; None where none was sent.
        key: the key itself, to be taken out of what the server says.
    """
    if isinstance(error, openai.APIStatusError):
        return _status(error, model, where, key_env, key)
    if isinstance(error, openai.APITimeoutError):
        if any(isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout) for cause in _chain(error)):
            return _unreachable(where, "it takes no connection", retryable=True)
        return ProviderTimeoutError(
            "the server stopped sending",
            where=where,
            hint="look at the server, or allow more: options: {deadline_s: ...}",
        )
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, where, key)
    return ProviderError(f"{type(error).__name__}: {clean(str(error), key)}", where=where, may_be_billed=True)


def clean(text: str, key: str = "") -> str:
    """One line of at most 300 characters, without `key` and anything else that is or looks like one."""
    text = " ".join(scrub(text.replace(key, "[key]") if len(key) >= _SHORTEST_KEY else text).split())
    return text if len(text) <= 300 else text[:297] + "..."


def rate_state(headers: Mapping[str, str]) -> RateState | None:
    """x-ratelimit-{limit,remaining,reset}-{requests,tokens}; None where the server sends none of them."""

    def count(name: str) -> int | None:
        text = headers.get(f"x-ratelimit-{name}")
        return int(text) if text is not None and text.isdigit() else None

    state = RateState(
        limit_requests=count("limit-requests"),
        remaining_requests=count("remaining-requests"),
        reset_requests_s=duration_s(headers.get("x-ratelimit-reset-requests")),
        limit_tokens=count("limit-tokens"),
        remaining_tokens=count("remaining-tokens"),
        reset_tokens_s=duration_s(headers.get("x-ratelimit-reset-tokens")),
    )
    return None if state == RateState() else state


def duration_s(text: str | None) -> float | None:
    """Seconds of `6m0s`, `1h2m3.5s`, `20ms` or a plain number; None for anything else."""
    if not text:
        return None
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms`, or from `retry-after` as seconds or as an HTTP date; None where there is none."""
    milliseconds = duration_s(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = duration_s(text)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _status(  # noqa: PLR0911 - one return a kind of status
    error: openai.APIStatusError, model: str, where: str, key_env: str | None, key: str
) -> ProviderError:
    status, said = error.status_code, clean(_message(error), key)
    code, after = {str(error.code), str(error.type)}, retry_after_s(error.response.headers)
    what = f"{status} from the server: {said}"
    if status in (401, 403):
        hint = f"check the key in {key_env}" if key_env else "this server wants a key: options: {api_key_env: NAME}"
        return AuthenticationError(what, where=where, hint=hint)
    if status == 404:
        return NotAvailableError(
            what, where=where, hint=f"check the model's name ({model}) and base_url, which mostly ends in /v1"
        )
    if code & _QUOTA:
        return QuotaError(what, where=where, hint="add credit to the account, or raise its monthly limit")
    if status == 429:
        return RateLimitError(
            what, where=where, retry_after=after, hint="options: {requests_per_minute: ..., tokens_per_minute: ...}"
        )
    if status == 413 or (status in (400, 422) and (code & _LIMIT_CODES or _LIMIT_WORDS.search(said))):
        return LimitExceededError(what, where=where, hint="shorter texts, or a smaller batch_size")
    if status in (408, 409) or status >= 500:
        # A gateway that gives up (408, 502, 504) does not say whether the server behind it went on.
        return NotAvailableError(
            what, where=where, retryable=True, retry_after=after, may_be_billed=status != 409, hint="try again later"
        )
    return ProviderError(what, where=where)


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        return str(body.get("message") or body.get("error") or body.get("detail") or body)
    return str(body or error.message)


def _connection(error: openai.APIConnectionError, where: str, key: str) -> ProviderError:
    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes) or "Name or service" in str(causes):
        return _unreachable(where, "its name is unknown", retryable=False)
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        return _unreachable(where, clean(str(causes[-1]), key) or "no connection", retryable=True)
    cause = causes[-1]
    return NotAvailableError(
        f"the connection broke after the request was sent ({type(cause).__name__}: {clean(str(cause), key)})",
        where=where,
        retryable=True,
        may_be_billed=True,
        hint="look at the server's log",
    )


def _unreachable(where: str, why: str, *, retryable: bool) -> ProviderError:
    return NotAvailableError(
        f"the server cannot be reached: {why}", where=where, retryable=retryable, hint="check base_url and the network"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
