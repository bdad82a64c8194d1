"""What response headers say of rate limits and waits, and what may be quoted of a server's answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from embedmark.api import RateState, scrub

# A shorter one is a word, such as "none" or "EMPTY", for a server that wants any.
_SHORTEST_KEY = 6
_DURATION = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,12})?)(ms|us|µs|ns|d|h|m|s)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
# A plain number from here on is a Unix time, in seconds or in milliseconds: no limit resets after 30 years.
_UNIX_S, _UNIX_MS = 1e9, 1e11
# A longer wait is not believed: no account has limits per more than a day.
_LONGEST_S = 86_400.0


def clean(text: str, key: str = "") -> str:
    """Return one line of at most 300 characters, without `key` and anything else that is or looks like one."""
    text = " ".join(scrub(text.replace(key, "[key]") if len(key) >= _SHORTEST_KEY else text).split())
    text = "".join(char for char in text if char.isprintable())
    return text if len(text) <= 300 else text[:297] + "..."


def rate_state(headers: Mapping[str, str]) -> RateState | None:
    """Return x-ratelimit-{limit,remaining,reset}-{requests,tokens}; None if the server sends none of them."""

    def count(name: str) -> int | None:
        text = headers.get(f"x-ratelimit-{name}", "").strip()
        return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None

    state = RateState(
        limit_requests=count("limit-requests"),
        remaining_requests=count("remaining-requests"),
        reset_requests_s=reset_s(headers.get("x-ratelimit-reset-requests")),
        limit_tokens=count("limit-tokens"),
        remaining_tokens=count("remaining-tokens"),
        reset_tokens_s=reset_s(headers.get("x-ratelimit-reset-tokens")),
    )
    return None if state == RateState() else state


def duration_s(text: str | None) -> float | None:
    """Return the seconds of `6m0s`, `1h2m3.5s`, `20ms` or a plain number; None for anything else."""
    if not text:
        return None
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def reset_s(text: str | None) -> float | None:
    """Return the seconds until a reset: a duration, a Unix time in seconds or milliseconds, ISO 8601 or HTTP date.

    At most a day; None for anything else.
    """
    seconds = duration_s(text)
    if seconds is None:
        seconds = _until_date(text or "")
    elif seconds >= _UNIX_S and _NUMBER.fullmatch((text or "").strip()):
        seconds = (seconds / 1000 if seconds >= _UNIX_MS else seconds) - datetime.now(UTC).timestamp()
    return None if seconds is None else min(max(0.0, seconds), _LONGEST_S)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after-ms`, or of `retry-after` in any form of reset_s(); None if there is none."""
    milliseconds = duration_s(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    return reset_s(headers.get("retry-after"))


def refusal_wait_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait: `retry-after`, else `x-ratelimit-reset` or `ratelimit-reset`."""
    after = retry_after_s(headers)
    if after is not None:
        return after
    return reset_s(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"))


def _until_date(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (TypeError, ValueError, OverflowError):
            return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()
