"""What the JSON of answers says in the many forms that servers have: messages, codes and usage."""

from __future__ import annotations

from typing import Any

# A larger count of tokens in one reply is not believed.
_MOST_TOKENS = 10**12


def message_in(body: Any) -> str:
    """Return the message of an error object in any of the forms that servers have."""
    if not isinstance(body, dict):
        return str(body)
    inner = body.get("error")
    said = body.get("message") or (message_in(inner) if inner else None) or body.get("detail") or body.get("msg")
    return str(said or body)


def codes_in(body: Any) -> frozenset[str]:
    """Return all codes and types of an error object."""
    if not isinstance(body, dict):
        return frozenset()
    inner = body.get("innererror") or body.get("error")
    return frozenset(str(body[key]).lower() for key in ("code", "type", "status") if body.get(key)) | codes_in(inner)


def tokens_in(usage: Any) -> int | None:
    """Return the tokens that a usage object bills; None for 0 and for what is no count."""
    if not isinstance(usage, dict):
        return None
    for key in ("prompt_tokens", "total_tokens", "input_tokens"):
        count = usage.get(key)
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _MOST_TOKENS:
            return count
    return None
