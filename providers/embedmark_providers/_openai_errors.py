"""The exceptions of the openai client (3.x, over httpx2) as ProviderErrors: what may be retried or billed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import openai

from embedmark.errors import LimitExceededError, ProviderError
from embedmark_providers._http_client import translate_connection
from embedmark_providers._http_headers import clean, duration_s, rate_state, retry_after_s
from embedmark_providers._http_json import codes_in, fields_in, message_in
from embedmark_providers._http_status import ErrorAnswer, Service, judge

__all__ = ["answer_of", "clean", "codes_in", "duration_s", "message_in", "rate_state", "retry_after_s", "translate"]


def translate(error: openai.OpenAIError, service: Service) -> ProviderError:
    """Return the ProviderError that says the same. Its message holds no key."""
    if isinstance(error, openai.APIStatusError):
        return judge(answer_of(error), service)
    if isinstance(error, openai.APIConnectionError):  # a time-out is one as well
        return translate_connection(error, service)
    return ProviderError(
        f"{type(error).__name__}: {service.clean(str(error))}",
        where=service.url, may_be_billed=True, hint="look at the server's log",
    )  # fmt: skip


def name_field(refused: ProviderError, answer: ErrorAnswer, body: Mapping[str, Any]) -> None:
    """Let the hint of an error name the field of the request that it is about, where that is an option."""
    if answer.status in (400, 422, 500, 501) and not isinstance(refused, LimitExceededError):
        _set_hint(refused, hint=_field_hint(answer, body))


def _field_hint(answer: ErrorAnswer, body: Mapping[str, Any]) -> str | None:
    optional = [key for key in body if key not in ("model", "input", "encoding_format")]
    said = answer.said.lower()
    for key in optional:
        is_dim = "dimension" in key and ("dimension" in said or "matryoshka" in said)
        if key in answer.fields or is_dim or re.search(rf"\b{re.escape(key.lower())}\b", said):
            option = "dimensions" if "dimension" in key else f"{key} of extra_body"
            return f"leave {option} out of the options, or set it to what the server takes"
    return None


def _set_hint(error: ProviderError, hint: str | None) -> None:
    error.hint = hint or error.hint


def answer_of(error: openai.APIStatusError) -> ErrorAnswer:
    """Return what the server answered: status, message, codes and headers."""
    said = message_in(error.body or error.message)
    codes = codes_in(error.body) | {str(error.code), str(error.type)}
    return ErrorAnswer(error.status_code, said, frozenset(codes), error.response.headers, fields_in(error.body))
