"""A reply of an /embeddings endpoint, checked: one row a text, placed by `index`, or by position without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from embedmark.errors import BadResponseError
from embedmark_providers import _codec
from embedmark_providers._http_client import UNPACKED
from embedmark_providers._http_json import codes_in, is_page, json_name, message_in, page_text, tokens_in
from embedmark_providers._http_status import ErrorAnswer, Service, judge, page_hint, status_of
from embedmark_providers._openai_encoding import NoVectorError

# Bytes of a reply that is no JSON that are searched for a key, of which 60 characters are shown.
_QUOTED = 600
_OWN_API = (
    "if the server has an API of its own, use its OpenAI-compatible address, which usually ends in /v1; "
    "or write a provider: embedmark providers new my-provider"
)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class EmbeddingsReply:
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


def read_reply(body: bytes, n: int, service: Service) -> EmbeddingsReply:
    """Return what the body of a reply to `n` texts holds. Raises ProviderError.

    An error inside a reply with status 200 is read by its code.
    """
    content = parse_json(body, service)
    data = content.get("data")
    if not data and tells_error(content):
        raise error_inside(content, service)
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise _foreign(content, service)
    if n and not any(row.get("embedding") for row in data):
        raise NoVectorError(
            f"the reply holds no vector for {n} texts", splittable=True, names_cause=n == 1, hint=_fewer(n // 2)
        )
    rows, by_position = _placed(data, n)
    return EmbeddingsReply(rows, tokens_in(content.get("usage")), str(content.get("model") or ""), by_position)


def useless(error: BadResponseError, service: Service) -> BadResponseError:
    """Return the error without the key, with where it happened and what to do."""
    hint = error.hint or "see the server's own log; the request may have been billed"
    if _wrong_address(error.message) and "/v" not in urlsplit(service.url).path:
        hint = service.use_url(service.url + "/v1")
    return BadResponseError(
        service.clean(error.message), retryable=error.retryable, retry_after=error.retry_after,
        splittable=error.splittable, names_cause=error.names_cause, where=service.url, hint=hint,
    )  # fmt: skip


def parse_json(body: bytes, service: Service) -> dict[str, Any]:
    """Return the object that a reply is. Raises BadResponseError."""
    if not body.strip():
        raise BadResponseError("the reply is empty")
    try:
        content = _codec.parse_json(body)
    except (ValueError, RecursionError) as error:
        raise BadResponseError(_not_json(body, error, service), hint=_hint_of(body, service)) from None
    if isinstance(content, list) and content and isinstance(content[0], dict) and content[0].get("error"):
        return dict(content[0])  # Gemini puts an error into a list
    if not isinstance(content, dict):
        raise BadResponseError(f"the reply is a JSON {json_name(content)}, not an object", hint=_OWN_API)
    return content


def _not_json(body: bytes, error: Exception, service: Service) -> str:
    if body.startswith(_GZIP):
        return "the reply is not JSON but gzip, which no header announces"
    text = body[:_QUOTED].decode("utf-8", errors="replace")
    if is_page(text):
        return f"the reply is not JSON but {service.clean(page_text(text))}"
    if text.lstrip().startswith(("data:", "event:")):
        return "the reply is not JSON but a stream of events"
    return f"the reply is not JSON ({error}); it begins {service.clean(text)[:60]!r}"


def _hint_of(body: bytes, service: Service) -> str | None:
    if body.startswith(_GZIP):
        return UNPACKED
    text = body[:_QUOTED].decode("utf-8", errors="replace")
    return page_hint(service) if is_page(text) else None


def _wrong_address(message: str) -> bool:
    return "not JSON" in message or "no list `data`" in message or "not an object" in message


def _foreign(content: dict[str, Any], service: Service) -> BadResponseError:
    """Return the error for a reply that is not of OpenAI's form: it names what is there instead."""
    said = service.clean(message_in(content))[:200] if content.keys() & {"message", "detail", "msg"} else ""
    data = content.get("data")
    there = f"`data` is a JSON {json_name(data)}" if "data" in content else ""
    if not there and content:
        there = "it has " + ", ".join(f"`{service.clean(key)[:30]}`" for key in list(content)[:5])
    what = "the reply has no list `data`" + (f"; {there}" if there else "")
    return BadResponseError(what + (f"; it says: {said}" if said else ""), hint=_OWN_API)


def tells_error(content: dict[str, Any]) -> bool:
    """Return True if a reply holds an error: as such, in a code, or as what did not succeed."""
    if any(content.get(key) for key in ("error", "errors", "error_msg", "error_message", "error_code")):
        return True
    return content.get("success") is False or _status_in(content) is not None


def _status_in(content: dict[str, Any]) -> int | None:
    inner = content.get("error")
    codes = codes_in(content)
    code = inner.get("code") if isinstance(inner, dict) else content.get("code") or content.get("status")
    status = status_of(code, codes)
    return status if status is None or status >= 300 else None


def error_inside(content: dict[str, Any], service: Service) -> Exception:
    """Return the error that a reply with status 200 holds."""
    status, said = _status_in(content), message_in(content)
    if status is None:
        return BadResponseError(f"the reply contains an error: {service.clean(said)[:200]}", where=service.url)
    headers = _headers_in(content.get("error"))
    return judge(ErrorAnswer(status, f"{said} (inside a reply with status 200)", codes_in(content), headers), service)


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
    # A server that answers text by text may count each of them from 0.
    fewer = 1 if len(data) == n > 1 == len(set(map(str, seen))) else 0
    if told == list(range(len(data))) and len(data) < n:  # it reads the first texts alone
        fewer = len(data)
    raise BadResponseError(
        f"the reply holds {len(data)} rows for {n} texts, with the indexes {_short(seen)}", hint=_fewer(fewer)
    )


def _fewer(texts: int) -> str | None:
    return f"options: {{inputs_per_request: {texts}}}" if texts else None


def _short(indexes: list[Any]) -> str:
    text = ", ".join(str(i) if isinstance(i, int) else repr(i) for i in indexes[:8])
    return f"{text}, ..." if len(indexes) > 8 else text or "none"
