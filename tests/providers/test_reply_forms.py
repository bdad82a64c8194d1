"""Replies of servers that speak another API, or answer an error in another form: what the message says and advises."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest

from embedmark.errors import (
    AuthenticationError,
    BadResponseError,
    NotAvailableError,
    ProviderError,
    QuotaError,
    RateLimitError,
    UsageError,
)
from embedmark_providers._http_json import codes_in, message_in
from embedmark_providers._http_status import ErrorAnswer, Service, judge, page_hint
from embedmark_providers._openai_reply import read_reply, useless
from embedmark_providers._openai_vectors import Decoder
from embedmark_providers.openai_api import OpenAIProvider

SERVICE = Service("http://127.0.0.1:1/v1", "/embeddings", "m", "KEY_OF_TEST", "sk-secret-0123456789")
ROW = {"index": 0, "embedding": [0.1, 0.2]}


def refused(body: object, n: int = 1) -> ProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ProviderError) as caught:
        Decoder().decode(["a"] * n, read_reply(raw, n, SERVICE).rows, None)
    error = caught.value
    return useless(error, SERVICE) if isinstance(error, BadResponseError) else error


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"embeddings": [[0.1, 0.2]]}, "no list `data`; it has `embeddings`"),
        ({"output": {"embeddings": []}, "usage": {}}, "it has `output`, `usage`"),
        ({"code": 0, "message": "success", "data": {"data": [ROW]}}, "`data` is a JSON object; it says: success"),
        ({"data": None}, "`data` is a JSON null"),
        ([[0.1, 0.2]], "is a JSON array, not an object"),
        ([ROW], "is a JSON array, not an object"),
    ],
)
def test_the_api_of_another_kind_is_named(body: Any, words: str) -> None:
    error = refused(body)

    assert words in error.message
    assert "embedmark providers new my-provider" in str(error.hint)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the reply is empty"),
        (b"null", "a JSON null"),
        (b"true", "a JSON boolean"),
        (b"<!DOCTYPE html><title>Sign in</title><script>x</script>", "a web page, 'Sign in'"),
        (gzip.compress(b"{}", mtime=0), "gzip, which no header announces"),
        (b'data: {"data": []}\n\n', "a stream of events"),
        ({"data": [{**ROW, "embedding": [[0.1, 0.2], [0.3, 0.4]]}]}, "2 lists, as if each token had a vector"),
        ({"data": [{**ROW, "embedding": {"float": [0.1]}}]}, "an object with `float`"),
        ({"data": [{**ROW, "index": "0"}]}, "1 rows for 1 texts, with the indexes '0'"),
    ],
)
def test_a_reply_that_is_no_embedding_says_what_it_is(body: object, words: str) -> None:
    assert words in refused(body).message


def test_a_text_by_text_index_is_told_to_ask_one_by_one() -> None:
    error = refused({"data": [ROW, ROW]}, 2)

    assert error.hint == "options: {inputs_per_request: 1}"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"code": 401, "msg": "unauthorized"}, AuthenticationError, "unauthorized"),
        ({"code": 429, "msg": "too fast", "data": None}, RateLimitError, "too fast"),
        ({"error": {"message": "no", "code": "invalid_api_key"}}, AuthenticationError, "no"),
        ({"error": {"message": "no", "type": "insufficient_quota"}}, QuotaError, "no"),
        ([{"error": {"message": "slow", "code": 429, "status": "RESOURCE_EXHAUSTED"}}], RateLimitError, "slow"),
        ({"success": False, "errors": [{"code": 7003, "message": "no route"}]}, BadResponseError, "no route"),
        ({"base_resp": {"status_code": 403, "status_msg": "log in"}}, AuthenticationError, "log in"),
        ({"error_code": 110, "error_msg": "token expired"}, BadResponseError, "token expired"),
    ],
)
def test_an_error_in_a_200_is_read_in_every_form(body: object, kind: type[ProviderError], words: str) -> None:
    error = refused(body)

    assert isinstance(error, kind)
    assert words in error.message


@pytest.mark.parametrize("code", [0, 200, "200", "OK", "success"])
def test_a_code_of_success_is_no_error(code: object) -> None:
    reply = read_reply(json.dumps({"code": code, "message": "success", "data": [ROW]}).encode(), 1, SERVICE)

    assert reply.rows == [ROW["embedding"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([{"error": {"message": "a list", "code": 400}}], "a list"),
        ({"detail": [{"loc": ["body", "input"], "msg": "Field required"}]}, "body.input: Field required"),
        ({"error": {"error": {"error": {"message": "deep"}}}}, "deep"),
        ({"message": {"text": "odd"}}, "{'text': 'odd'}"),
        ("<html><body><h1>503 Busy</h1><hr>nginx</body></html>", "a web page, '503 Busy'"),
    ],
)
def test_what_an_error_says_is_found_in_every_form(body: object, said: str) -> None:
    assert message_in(body) == said


def test_objects_in_objects_end_somewhere() -> None:
    endless: list[Any] = []
    for _ in range(5000):
        endless = [{"detail": endless}]

    assert message_in(endless)
    assert codes_in(endless) == frozenset()


@pytest.mark.parametrize(
    ("status", "retryable"), [(421, True), (425, True), (499, True), (501, False), (505, False), (511, False)]
)
def test_what_passes_by_is_retried(status: int, retryable: bool) -> None:
    assert judge(ErrorAnswer(status, "no"), SERVICE).retryable is retryable


def test_a_page_in_place_of_a_refusal_blames_no_key() -> None:
    error = judge(ErrorAnswer(403, message_in("<html><title>Just a moment...</title></html>")), SERVICE)

    assert isinstance(error, NotAvailableError)
    assert error.hint == (
        "a gateway or proxy answers in place of the server: curl -v http://127.0.0.1:1/v1/embeddings shows which"
    )


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("127.0.0.1:8000/v1", 'base_url: "http://127.0.0.1:8000/v1"'),
        ("localhost:8000", 'base_url: "http://localhost:8000"'),
        ("api.example.com/v1", 'base_url: "https://api.example.com/v1"'),
        ("http:/127.0.0.1/v1", 'base_url: "http://127.0.0.1/v1"'),
        ("http://", 'base_url: "https://api.openai.com/v1"'),
        ("server/v1", 'base_url: "http://server/v1"'),
        ("https//api.example.com/v1", 'base_url: "https://api.example.com/v1"'),
        ("http://local host:80/v1", 'base_url: "http://localhost:80/v1"'),
        ("ftp://127.0.0.1/v1", 'base_url: "http://127.0.0.1/v1"'),
        ("http://127.0.0.1/v1#top", 'options: {base_url: "http://127.0.0.1/v1"}'),
        ("", 'base_url: "https://api.openai.com/v1"'),
        ("[::1]:8080/v1", 'base_url: "http://[::1]:8080/v1"'),
        ("http://::1:8080/v1", 'base_url: "http://[::1]:8080/v1"'),
        ("https://fe80::1/v1", 'base_url: "https://[fe80::1]/v1"'),
        ("::1", 'base_url: "http://[::1]"'),
        ("http://[::1", 'base_url: "http://[::1]"'),
        ("http://[zz]/v1", 'base_url: "https://api.openai.com/v1"'),
        ("http://host:12x/v1", 'base_url: "https://api.openai.com/v1"'),
    ],
)
def test_incomplete_address_is_answered_with_a_complete_one(typed: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        OpenAIProvider("m", base_url=typed)

    assert caught.value.hint == remedy
    again = remedy.removeprefix("options: {").removeprefix('base_url: "').rstrip('"}')
    assert OpenAIProvider("m", base_url=again).info.model == "m"


@pytest.mark.parametrize("scheme", ["ftp", "socks4", "tcp"])
def test_a_proxy_of_another_kind_is_refused_before_the_run(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:1")

    with pytest.raises(UsageError, match=f"HTTPS_PROXY names a {scheme} proxy"):
        OpenAIProvider("m", base_url="http://127.0.0.1:1/v1").check()


@pytest.mark.parametrize(("status", "location"), [(302, "http://[::1/x"), (300, ""), (304, "")])
def test_a_redirect_to_no_address_is_named(status: int, location: str) -> None:
    error = judge(ErrorAnswer(status, "", headers={"location": location}), SERVICE)

    assert "it names no other address" in error.message
    assert "curl -v http://127.0.0.1:1/v1/embeddings" in str(error.hint)


def test_a_page_to_log_in_is_not_a_base_url() -> None:
    error = judge(ErrorAnswer(302, "", headers={"location": "https://login.example/?next=/v1/embeddings"}), SERVICE)

    assert "sends requests on to https://login.example/" in error.message
    assert error.hint == page_hint(SERVICE)


def test_a_proxy_that_wants_a_login_is_told_what_to_type() -> None:
    assert "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in str(judge(ErrorAnswer(407, "no"), SERVICE).hint)


@pytest.mark.parametrize(
    ("path", "better"), [("/v1/v1", "/v1"), ("/api/v1/v1", "/api/v1"), ("/V1", "/v1"), ("", "/v1"), ("/api", "/api/v1")]
)
def test_an_address_with_another_version_is_told_the_usual_one(path: str, better: str) -> None:
    service = Service(f"http://127.0.0.1:1{path}", "/embeddings", "m")

    assert f'options: {{base_url: "http://127.0.0.1:1{better}"}}' in str(judge(ErrorAnswer(404, "no"), service).hint)


def test_a_request_above_a_minutes_tokens_is_not_sent_again() -> None:
    said = "Request too large for m on tokens per min (TPM): Limit 5000, Requested 9600."
    error = judge(ErrorAnswer(429, said, frozenset({"rate_limit_exceeded"})), SERVICE)

    assert (error.retryable, error.splittable) == (False, False)
    assert error.hint == "options: {tokens_per_request: 5000}"


def test_a_redirect_to_the_same_address_has_its_remedy() -> None:
    """A slash is added: `base_url` cannot hold it."""
    error = judge(ErrorAnswer(307, "", headers={"location": "/v1/embeddings/"}), SERVICE)

    assert (
        error.hint
        == "let the server answer at http://127.0.0.1:1/v1/embeddings itself, without another slash or a query"
    )


def test_a_filter_that_forbids_a_text_blames_no_key() -> None:
    error = judge(ErrorAnswer(403, "blocked by the content policy"), SERVICE)

    assert error.hint == "the server's own filter refuses a text of the request: leave it out"


def test_no_text_at_all_is_never_sent() -> None:
    with pytest.raises(ProviderError, match="never sent"):
        asyncio.run(OpenAIProvider("m", base_url="http://127.0.0.1:1/v1").aencode([]))
