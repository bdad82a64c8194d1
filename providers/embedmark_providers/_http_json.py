"""What the answers of servers say in the many forms that they have: messages, codes and usage."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

# A larger count of tokens in one reply is not believed.
_MOST_TOKENS = 10**12
# Keys that hold what went wrong, the plainest first.
_SAYS = (
    "message", "error", "errors", "detail", "msg", "error_msg", "error_message", "error_description", "status_msg",
    "base_resp", "reason",
)  # fmt: skip
_CODES = ("code", "type", "status", "error_code", "status_code")
_INNER = ("innererror", "error", "errors", "base_resp")
_PAGE = re.compile(r"\s*(<!doctype html|<html|<head|<body|<\?xml)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?(</\1>|$)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<(title|h1|message)\b[^>]*>\s*([^<]+)", re.IGNORECASE)
# Objects in objects are looked into so far.
_DEEPEST = 10
_JSON_NAMES = {
    "NoneType": "null",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
    "str": "string",
    "int": "number",
}


def is_page(text: str) -> bool:
    """Return True if a text is a web page, which a gateway or a wrong address answers."""
    return bool(_PAGE.match(text))


def page_text(text: str) -> str:
    """Return the title of a web page, or else its words."""
    title = _TITLE.search(text)
    words = html.unescape(title[2] if title else re.sub(r"<[^>]*>?", " ", _UNSEEN.sub(" ", text)))
    return f"a web page, {' '.join(words.split())[:200]!r}"


def json_name(value: Any) -> str:
    """Return what JSON calls the type of a value."""
    name = type(value).__name__
    return _JSON_NAMES.get(name, name)


def message_in(body: Any, depth: int = 0) -> str:
    """Return the message of an error in any of the forms that servers have."""
    while isinstance(body, dict):
        key = next((key for key in _SAYS if body.get(key)), None)
        if key is None:
            return _written(body)
        body = body[key]
    if isinstance(body, str):
        return page_text(body) if is_page(body) else body
    if isinstance(body, list) and body and all(isinstance(one, dict) for one in body) and depth < _DEEPEST:
        return "; ".join(_place_in(one) + message_in(one, depth + 1) for one in body[:3])
    return _written(body)


def _place_in(error: Mapping[str, Any]) -> str:
    """Return the field that an error of a list is about, as FastAPI names it."""
    place = error.get("loc")
    return ".".join(map(str, place)) + ": " if isinstance(place, list) and place else ""


def _written(value: Any) -> str:
    try:
        return str(value)
    except RecursionError:
        return "(nested too deeply)"


def codes_in(body: Any, depth: int = 0) -> frozenset[str]:
    """Return all codes and types of an error object."""
    if depth > _DEEPEST:
        return frozenset()
    if isinstance(body, list):
        return frozenset().union(*(codes_in(one, depth + 1) for one in body[:3]))
    if not isinstance(body, dict):
        return frozenset()
    own = frozenset(str(body[key]).lower() for key in _CODES if isinstance(body.get(key), str | int) and body[key])
    return own.union(*(codes_in(body.get(key), depth + 1) for key in _INNER))


def tokens_in(usage: Any) -> int | None:
    """Return the tokens that a usage object bills; None for 0 and for what is no count."""
    if not isinstance(usage, dict):
        return None
    for key in ("prompt_tokens", "total_tokens", "input_tokens"):
        count = usage.get(key)
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _MOST_TOKENS:
            return count
    return None


def fields_in(body: Any, depth: int = 0) -> frozenset[str]:
    """Return the fields of the request that an error names: OpenAI's `param`, the last place of FastAPI's `loc`."""
    if depth > _DEEPEST:
        return frozenset()
    if isinstance(body, list):
        return frozenset().union(*(fields_in(one, depth + 1) for one in body[:_DEEPEST]))
    if not isinstance(body, dict):
        return frozenset()
    place = body.get("loc")
    named = (body.get("param"), place[-1] if isinstance(place, list) and place else None)
    own = frozenset(name for name in named if isinstance(name, str))
    return own.union(*(fields_in(body.get(key), depth + 1) for key in ("error", "detail")))
