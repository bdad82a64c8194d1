"""What an HTTP status and its message mean: what may be retried, split or billed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from embedmark.errors import (
    AuthenticationError,
    LimitExceededError,
    NotAvailableError,
    ProviderError,
    QuotaError,
    RateLimitError,
)
from embedmark_providers._http_headers import clean, refusal_wait_s, retry_after_s

_LONG_WAIT_S = 60.0  # named in the message: a call may end before
_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "insufficient_credits"}
_RATE = {"rate_limit_exceeded", "rate_limit_error", "too_many_requests", "resource_exhausted", "requests"}
# What an error inside a reply with status 200 is by its code or type, where that is not a number.
_STATUS_BY_CODE = (
    (402, _QUOTA),
    (429, _RATE),
    (401, {"invalid_api_key", "authentication_error", "unauthenticated", "unauthorized"}),
    (403, {"permission_denied", "permission_error", "forbidden"}),
    (404, {"model_not_found", "not_found", "not_found_error"}),
    (400, {"invalid_argument", "invalid_request_error"}),
    (503, {"overloaded_error", "unavailable", "service_unavailable"}),
)
# Statuses below 500 that pass by.
_PASSING = {408, 409, 421, 424, 425, 499}
# Statuses from 500 on that stay: not implemented, HTTP version, not extended, a network's login page.
_NEVER = {501, 505, 510, 511}
# OpenAI's codes, and how vLLM, TEI, infinity, llama.cpp, Ollama and DashScope word a request that is too large.
_LIMIT_CODES = {
    "context_length_exceeded",
    "max_tokens_per_request",
    "array_above_max_length",
    "string_above_max_length",
    "string_too_long",
    "too_long",
}
_LIMIT = re.compile(
    r"\bmax|\blimit|exceed|at most|too (many|long|large|big)|(larg|great|long|high|bigg)er than|more than|up to \d"
    r"|(less|fewer|shorter) than|\breduce\b|truncat|>=? ?\d|<=? ?\d",
    re.IGNORECASE,
)
_OF_SIZE = re.compile(
    r"text|input|token|batch|sequence|length|context|array|item|list|document|passage|request|string|content|payload"
    r"|character|prompt|size|quer(y|ies)|pairs?\b",
    re.IGNORECASE,
)
_CRASH_BY_SIZE = re.compile(
    r"too (long|large)|out of memory|physical batch|context (size|length|window)"
    r"|max\w* (context|input|sequence|batch|position)|index out of range|exceed\w*\b.*\b(length|tokens|batch|context)",
    re.IGNORECASE,
)
# A text that the service's own filter refuses, or that a model has no finite vector for.
_FILTER = re.compile(
    r"content[ _-]?(management|filter|policy|safety)|responsible ai|moderation|flagged|inappropriate|unsafe content"
    r"|data_?inspection|prohibited|unsupported value: nan|\bnan\b",
    re.IGNORECASE,
)
# A single request that is above what an account has for a minute, as OpenAI and Groq word it.
_ONE_TOO_LARGE = re.compile(r"request (is )?too large", re.IGNORECASE)
_ONE_TEXT = re.compile(r"\b(inputs?|texts?|documents?|passages?|items?|index|position|row)\W{0,3}\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """Whom a provider asks, for messages.

    Attributes:
        url: the base address.
        url_key: what sets it: `options: {base_url: ...}` or OPENAI_BASE_URL=...
        path: what is appended to it.
        model: the model that is asked for.
        key_env: the environment variable that holds the key; None if no key is sent.
        key: the key itself, to be taken out of what the server says.
    """

    url: str
    path: str
    model: str
    key_env: str | None = None
    key: str = field(default="", repr=False)
    url_key: str = "options: {{base_url: {url}}}"

    def clean(self, text: str) -> str:
        """Return what a server said in one short line, without the key."""
        return clean(text, self.key)

    def use_url(self, url: str) -> str:
        """Return what to type to ask another address."""
        return self.url_key.format(url=f'"{url}"')


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An HTTP answer that is an error: status, message, codes and types in its body, headers, the fields it names."""

    status: int
    said: str
    codes: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()

    @property
    def is_page(self) -> bool:
        """True if a web page came, which no API sends: a gateway, a proxy or a login is in between."""
        return self.said.startswith("a web page, ")


def judge(answer: ErrorAnswer, service: Service) -> ProviderError:  # noqa: PLR0911 - one return a kind of answer
    """Return the error that an HTTP answer means. Its message holds no key."""
    status, said, where = answer.status, service.clean(answer.said), service.url
    what = f"{status} from the server: {said}"
    if 300 <= status < 400:
        return _redirect(answer, service)
    if status in (401, 403, 407):
        return _no_entry(answer, what, service)
    if status in (404, 405):
        return NotAvailableError(what, where=where, hint=_not_found_hint(service))
    if status == 402 or answer.codes & _QUOTA:
        return QuotaError(what, where=where, hint="add credit to the account, or raise its monthly limit")
    if status == 429:
        return _too_many(answer, what, where)
    after = retry_after_s(answer.headers)
    if status in (400, 413, 422):
        return _too_much(answer, what, service)
    if status == 500 and _CRASH_BY_SIZE.search(said):
        return LimitExceededError(what, where=where, hint="shorter texts, or a smaller batch_size")
    if status in _NEVER:
        hint = page_hint(service) if answer.is_page else "start the server with what its message asks for"
        return NotAvailableError(what, where=where, hint=hint)
    if status in _PASSING or status >= 500:
        # A gateway that gives up (408, 502, 504) does not say whether the server behind it went on.
        return NotAvailableError(
            what, where=where, retryable=True, retry_after=after, may_be_billed=status != 409,
            splittable=status in (424, 500), names_cause=bool(_FILTER.search(said)), hint="try again later",
        )  # fmt: skip
    return ProviderError(what, where=where, hint="look at the server's log")


def _too_many(answer: ErrorAnswer, what: str, where: str) -> RateLimitError:
    after = refusal_wait_s(answer.headers)
    if after is not None and after >= _LONG_WAIT_S:
        what = f"{what} (the limit resets in {after:,.0f} s)"
    if _ONE_TOO_LARGE.search(answer.said):  # no wait helps
        limit = re.search(r"\blimit\D{0,3}(\d{1,9})", answer.said, re.IGNORECASE)
        hint = f"options: {{tokens_per_request: {limit[1] if limit else 1000}}}"
        return RateLimitError(what, where=where, retryable=False, hint=hint)
    hint = "options: {requests_per_minute: ..., tokens_per_minute: ...}"
    return RateLimitError(what, where=where, retry_after=after, hint=hint)


def status_of(code: object, codes: frozenset[str]) -> int | None:
    """Return the HTTP status that an error inside a reply with status 200 stands for; None if it does not say."""
    text = str(code).strip()
    if not isinstance(code, bool) and re.fullmatch(r"[345][0-9]{2}", text):
        return int(text)
    for status, words in _STATUS_BY_CODE:
        if codes & words:
            return status
    numbers = sorted(one for one in codes if re.fullmatch(r"[45][0-9]{2}", one))
    return int(numbers[0]) if numbers else None


def _too_much(answer: ErrorAnswer, what: str, service: Service) -> ProviderError:
    said = answer.said
    sized = answer.status == 413 or answer.codes & _LIMIT_CODES or (_LIMIT.search(said) and _OF_SIZE.search(said))
    filtered = bool(_FILTER.search(said) or _FILTER.search(" ".join(answer.codes)))
    if sized and not filtered:
        return LimitExceededError(what, where=service.url, hint="shorter texts, or a smaller batch_size")
    return ProviderError(
        what, where=service.url, splittable=True, names_cause=filtered or bool(_ONE_TEXT.search(said)),
        hint="check the options and the model; if the server takes fewer texts at once: options: "
        "{inputs_per_request: 8}",
    )  # fmt: skip


def _redirect(answer: ErrorAnswer, service: Service) -> ProviderError:
    location = answer.headers.get("location", "")
    try:
        target = urljoin(service.url + service.path, location)
        other = urlsplit(target).netloc != urlsplit(service.url).netloc
    except ValueError:  # it holds no address
        location = ""
    if not location:
        what = f"{answer.status} from the server: {service.clean(answer.said)}; it names no other address"
        return NotAvailableError(what, where=service.url, hint=page_hint(service))
    whole = target.partition("?")[0].rstrip("/")
    base = whole.removesuffix(service.path)
    hint = f"{service.use_url(service.clean(base))}" + (", if that host may have your texts" if other else "")
    if base == whole:  # a page to log in, most often
        hint = page_hint(service)
    elif base == service.url:
        hint = f"let the server answer at {service.url}{service.path} itself, without another slash or a query"
    return NotAvailableError(
        f"{answer.status}: the server sends requests on to {service.clean(target)}; redirects are not followed, since "
        "the texts would go there",
        where=service.url,
        hint=hint,
    )


def _no_entry(answer: ErrorAnswer, what: str, service: Service) -> ProviderError:
    if answer.status == 407:
        return NotAvailableError(what, where=service.url, hint="export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT")
    if answer.is_page:
        return NotAvailableError(what, where=service.url, hint=page_hint(service))
    hint = "the server's own filter refuses a text of the request: leave it out" if _FILTER.search(answer.said) else ""
    return AuthenticationError(what, where=service.url, hint=hint or _key_hint(service))


def page_hint(service: Service) -> str:
    """Return what to do where a web page comes in place of an answer."""
    return f"a gateway or proxy answers in place of the server: curl -v {service.url}{service.path} shows which"


def _key_hint(service: Service) -> str:
    if service.key_env:
        return f"check the key in {service.key_env}"
    return "this server needs a key: options: {api_key_env: NAME}"


def _not_found_hint(service: Service) -> str:
    versions = re.findall(r"/v\d+", urlsplit(service.url).path, re.IGNORECASE)
    doubled = re.sub(r"(/v\d+)\1$", r"\1", service.url, flags=re.IGNORECASE)
    better = service.url + "/v1"
    if doubled != service.url:
        better = doubled
    elif versions and versions[-1] != versions[-1].lower():
        better = service.url.replace(versions[-1], versions[-1].lower())
    elif versions:
        return f"check the model's name ({service.model}) and base_url, which usually ends in /v1"
    return f"{service.use_url(better)}; or check the model's name ({service.model})"
