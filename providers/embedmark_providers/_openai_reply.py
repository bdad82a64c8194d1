"""A reply of an /embeddings endpoint, checked: one row a text, placed by `index`, or by position without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from embedmark.errors import BadResponseError
from embedmark_providers import _codec
from embedmark_providers._http_json import codes_in, message_in, tokens_in
from embedmark_providers._http_status import Answer, Service, judge, status_of

# Bytes of a reply that is no JSON that are searched for a key, of which 60 characters are shown.
_QUOTED = 600


class EmptyReplyError(BadResponseError):
    """A reply without a single vector: some servers answer so to an encoding that they do not have."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply holds.

    Attributes:
        rows: embeddings as they came, in the order of the request.
        tokens: `usage.prompt_tokens` or `usage.total_tokens`; None if the server says neither, or 0.
        model: the model that the server says it is; "" if it does not.
        by_position: True if rows had no `index`.
    """

    rows: Sequence[Any]
    tokens: int | None
    model: str
    by_position: bool


def read_reply(body: bytes, n: int, service: Service) -> Reply:
    """Return what the body of a reply to `n` texts holds. Raises ProviderError.

    An error inside a reply with status 200 is read by its code.
    """
    content = parse_json(body, service)
    if not content.get("data") and content.get("error"):
        raise error_inside(content, service)
    data = content.get("data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        said = service.clean(message_in(content))[:200] if content.keys() & {"message", "detail", "msg"} else ""
        raise BadResponseError("the reply has no list `data`" + (f"; it says: {said}" if said else ""))
    if n and not any(row.get("embedding") for row in data):
        raise EmptyReplyError(f"the reply holds no vector for {n} texts")
    rows, by_position = _placed(data, n)
    return Reply(rows, tokens_in(content.get("usage")), str(content.get("model") or ""), by_position)


def useless(error: BadResponseError, service: Service) -> BadResponseError:
    """Return the error without the key, with where it happened and what to do."""
    hint = error.hint or "see the server's own log; the request may have been billed"
    if "not JSON" in error.message and "/v" not in urlsplit(service.url).path:
        hint = service.use_url(service.url + "/v1")
    return BadResponseError(
        service.clean(error.message), retryable=error.retryable, retry_after=error.retry_after,
        splittable=error.splittable, names_cause=error.names_cause, where=service.url, hint=hint,
    )  # fmt: skip


def parse_json(body: bytes, service: Service) -> dict[str, Any]:
    """Return the object that a reply is. Raises BadResponseError."""
    try:
        content = _codec.parse_json(body)
    except (ValueError, RecursionError) as error:
        start = service.clean(body[:_QUOTED].decode("utf-8", errors="replace"))[:60]
        raise BadResponseError(f"the reply is not JSON ({error}); it begins {start!r}") from None
    if not isinstance(content, dict):
        raise BadResponseError(f"the reply is a JSON {type(content).__name__}, not an object")
    return content


def error_inside(content: dict[str, Any], service: Service) -> Exception:
    """Return the error that a reply with status 200 holds."""
    codes = codes_in(content)
    inner = content.get("error")
    code = inner.get("code") if isinstance(inner, dict) else content.get("code") or content.get("status")
    status = status_of(code, codes)
    said = message_in(content)
    if status is None:
        return BadResponseError(f"the reply has no list `data`; it says: {service.clean(said)[:200]}")
    return judge(Answer(status, f"{said} (inside a reply with status 200)", codes, _headers_in(inner)), service)


def _headers_in(error: Any) -> dict[str, str]:
    # OpenRouter passes on headers of the server behind it.
    metadata = error.get("metadata") if isinstance(error, dict) else None
    headers = metadata.get("headers") if isinstance(metadata, dict) else None
    return {str(key).lower(): str(value) for key, value in headers.items()} if isinstance(headers, dict) else {}


def _placed(data: list[dict[str, Any]], n: int) -> tuple[list[Any], bool]:
    seen = [row.get("index") for row in data]
    told = [i for i in seen if isinstance(i, int) and not isinstance(i, bool)]
    if len(data) == n and sorted(told) == list(range(n)):
        rows: list[Any] = [None] * n
        for row in data:
            rows[row["index"]] = row.get("embedding")
        return rows, False
    # Gemini leaves out the index 0, and others all: what is told must agree with the order.
    if len(data) == n and all(i is None or (type(i) is int and i == place) for place, i in enumerate(seen)):
        return [row.get("embedding") for row in data], True
    raise BadResponseError(f"the reply holds {len(data)} rows for {n} texts, with the indexes {_short(seen)}")


def _short(indexes: list[Any]) -> str:
    text = ", ".join(map(str, indexes[:8]))
    return f"{text}, ..." if len(indexes) > 8 else text or "none"
