"""Servers that call themselves OpenAI-compatible: each kind of odd reply, and what it must come to."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer
from scipy.stats import spearmanr
from werkzeug import Request, Response

from embedmark.api.items import Query
from embedmark.calls.caller import Caller
from embedmark.calls.refusals import Refusal
from embedmark.datasets.named import load_named
from embedmark.errors import BadResponseError, NotAvailableError, ProviderError, RateLimitError, UsageError
from embedmark.plugins.registry import create
from embedmark.testing.server.replies import vector_of
from embedmark_providers._http_headers import reset_s
from embedmark_providers._openai_errors import duration_s
from embedmark_providers.openai_api import OpenAIProvider

Body = dict[str, Any]
Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class Server:
    """Answers as `reply` makes it; keeps what it was sent."""

    def __init__(self, httpserver: HTTPServer, reply: Callable[[Body], Reply]) -> None:
        self.requests: list[Request] = []
        self.reply = reply
        httpserver.expect_request("/v1/embeddings", method="POST").respond_with_handler(self.answer)
        self.url = httpserver.url_for("/v1")

    @property
    def bodies(self) -> list[Body]:
        return [json.loads(request.data) for request in self.requests]

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        status, body, *headers = self.reply(json.loads(request.data))
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return Response(text, status, headers=headers[0] if headers else None, content_type="application/json")


def texts_of(body: Body) -> list[str]:
    return body["input"]  # type: ignore[no-any-return]


def good(body: Body, dtype: str = "<f4", dim: int = 64, scale: float = 1.0, as_asked: bool = True) -> Body:
    """A true reply, in the encoding that was asked for, or in base64 whatever was asked."""
    rows = []
    for i, text in enumerate(texts_of(body)):
        vector = vector_of(text, dim) * scale
        raw = bfloat16(vector) if dtype == "bfloat16" else np.round(vector).astype(dtype) if dtype == "i1" else vector
        coded = base64.b64encode(raw.astype(raw.dtype if dtype in ("bfloat16", "i1") else dtype).tobytes())
        wanted = not as_asked or body.get("encoding_format") == "base64"
        rows.append({"index": i, "embedding": coded.decode() if wanted else vector.tolist()})
    return {"data": rows, "model": "m", "usage": {"prompt_tokens": 3 * len(rows), "total_tokens": 3 * len(rows)}}


def bfloat16(vector: Any) -> Any:
    return (np.asarray(vector, dtype="<f4").view("<u4") >> 16).astype("<u2")


@pytest.fixture
def ask(httpserver: HTTPServer) -> Iterator[Callable[..., tuple[Caller, Server]]]:
    made: list[Caller] = []

    def make(reply: Callable[[Body], Reply], **options: Any) -> tuple[Caller, Server]:
        server = Server(httpserver, reply)
        provider = OpenAIProvider(options.pop("model", "m"), **{"base_url": server.url, "deadline_s": 20.0, **options})
        provider.load()
        made.append(Caller(provider))
        return made[-1], server

    yield make
    for one in made:
        one.close()


TEXTS = [f"text number {i}" for i in range(32)]


def cosines(vectors: Any, texts: list[str], dim: int) -> float:
    true = np.array([vector_of(text, dim) for text in texts])
    return float((np.sum(vectors * true, axis=1) / np.linalg.norm(vectors, axis=1)).min())


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_asked", [True, False], ids=["as asked", "always base64"])
@pytest.mark.parametrize("dim", [64, 1024])
@pytest.mark.parametrize(
    ("dtype", "scale", "least"),
    [("<f4", 1, 0.999999), ("<f2", 1, 0.9999), ("bfloat16", 1, 0.999), ("<f8", 1, 0.999999), ("i1", 300, 0.99)],
)
def test_base64_of_any_type_is_decoded_as_what_it_is(
    ask: Callable[..., tuple[Caller, Server]], dtype: str, scale: float, least: float, dim: int, as_asked: bool
) -> None:
    factor = scale * np.sqrt(dim / 64)  # int8 is used as far as it goes, whatever the dimension
    caller, _ = ask(lambda body: (200, good(body, dtype, dim, factor if dtype == "i1" else 1.0, as_asked)))
    vectors = caller.run(TEXTS, 8).values
    assert vectors.shape == (32, dim)
    assert cosines(vectors, TEXTS, dim) > least


def test_sparse_vectors_in_base64_are_held_against_floats_once(ask: Callable[..., tuple[Caller, Server]]) -> None:
    """The high halves of few 32-bit floats, among zeros, are plausible as 16-bit floats."""
    vector = np.zeros(64, "<f4")
    vector[[3, 9, 27, 54]] = 0.5

    def reply(body: Body) -> Reply:
        coded = base64.b64encode(vector.tobytes()).decode()
        row = coded if body["encoding_format"] == "base64" else vector.tolist()
        return 200, {"data": [{"index": i, "embedding": row} for i in range(len(texts_of(body)))]}

    caller, server = ask(reply, encoding="base64")

    values = np.concatenate([caller.run([text], 1).values for text in TEXTS[:4]])

    assert values.tolist() == [vector.tolist()] * 4
    assert [body["encoding_format"] for body in server.bodies].count("float") == 1


def test_undecided_bytes_are_refused_by_name(ask: Callable[..., tuple[Caller, Server]]) -> None:
    rng = np.random.default_rng(3)

    def reply(body: Body) -> Reply:
        rows = [
            {"index": i, "embedding": base64.b64encode(rng.bytes(256)).decode()} for i in range(len(texts_of(body)))
        ]
        return 200, {"data": rows}

    caller, _ = ask(reply)
    with pytest.raises(BadResponseError, match="base64") as caught:
        caller.run(TEXTS[:1], 1)
    assert "encoding: float" in str(caught.value)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("also_float", [False, True])
def test_a_refused_encoding_is_not_asked_for_again(
    ask: Callable[..., tuple[Caller, Server]], status: int, also_float: bool
) -> None:
    def reply(body: Body) -> Reply:
        asked = body.get("encoding_format")
        if asked == "base64" or (also_float and asked):
            return status, {"error": {"message": f"encoding_format {asked} is not supported"}}
        return 200, good(body)

    caller, server = ask(reply)
    vectors = caller.run(TEXTS, 8).values

    assert cosines(vectors, TEXTS, 64) > 0.999999
    asked = [body.get("encoding_format") for body in server.bodies]
    assert asked.count("base64") <= 2
    assert asked[-1] == (None if also_float else "float")
    assert caller.provider.observed()["encoding"] == ("none" if also_float else "float")  # type: ignore[attr-defined]
    assert caller.ledger.requests == len(server.requests)


def test_empty_data_means_another_encoding(ask: Callable[..., tuple[Caller, Server]]) -> None:
    caller, _ = ask(lambda body: (200, {"data": []} if body.get("encoding_format") == "base64" else good(body)))
    assert cosines(caller.run(TEXTS, 8).values, TEXTS, 64) > 0.999999


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "Unsupported value", "param": "encoding_format"}),
        (422, [{"loc": ["body", "encoding_format"], "msg": "Extra inputs are not permitted"}]),
        (500, {"message": "encoding_format base64 is not implemented"}),
        (501, {"message": "base64 is not implemented"}),
    ],
)
def test_a_refusal_of_the_encoding_in_any_form_means_floats(
    ask: Callable[..., tuple[Caller, Server]], status: int, error: Any
) -> None:
    key = "detail" if isinstance(error, list) else "error"
    caller, _ = ask(
        lambda body: (status, {key: error}) if body.get("encoding_format") == "base64" else (200, good(body))
    )

    assert cosines(caller.run(TEXTS, 8).values, TEXTS, 64) > 0.999999


def test_a_crash_over_the_encoding_of_a_text_keeps_base64(ask: Callable[..., tuple[Caller, Server]]) -> None:
    bad = refuse(500, "unknown encoding of the text")
    caller, server = ask(lambda body: bad if TEXTS[17] in texts_of(body) else (200, good(body)))
    caller.run(TEXTS[:1], 1)
    caller.run(TEXTS, 32, refused=[])

    assert {body.get("encoding_format") for body in server.bodies} == {"base64"}


@pytest.mark.parametrize("spoil", [base64.encodebytes, base64.urlsafe_b64encode, lambda raw: b"data:;base64,AAAA"])
def test_base64_that_cannot_be_decoded_means_floats(
    ask: Callable[..., tuple[Caller, Server]], spoil: Callable[[bytes], bytes]
) -> None:
    def reply(body: Body) -> Reply:
        content = good(body)
        for row in content["data"]:
            if isinstance(row["embedding"], str):
                row["embedding"] = spoil(base64.b64decode(row["embedding"])).decode()
        return 200, content

    caller, _ = ask(reply)
    assert cosines(caller.run(TEXTS, 8).values, TEXTS, 64) > 0.999999


def test_dimensions_that_the_server_ignores_are_named(ask: Callable[..., tuple[Caller, Server]]) -> None:
    caller, _ = ask(lambda body: (200, good(body)), dimensions=16)
    with pytest.raises(BadResponseError, match="64 dimensions, and 16 were expected") as caught:
        caller.run(TEXTS[:1], 1)
    assert "options.dimensions" in str(caught.value)


@pytest.mark.parametrize(("encoding", "sent"), [("base64", "base64"), ("float", "float"), ("none", None)])
def test_an_encoding_can_be_asked_for(
    ask: Callable[..., tuple[Caller, Server]], encoding: str, sent: str | None
) -> None:
    caller, server = ask(lambda body: (200, good(body)), encoding=encoding)
    assert cosines(caller.run(TEXTS, 8).values, TEXTS, 64) > 0.999999
    assert {body.get("encoding_format") for body in server.bodies} == {sent}


# --- rows and usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", ["first", "all", "null"])
def test_rows_without_an_index_are_placed_by_position(ask: Callable[..., tuple[Caller, Server]], left_out: str) -> None:
    def reply(body: Body) -> Reply:
        content = good(body)
        for row in content["data"]:
            if left_out == "null":
                row["index"] = None
            elif left_out == "all" or row["index"] == 0:
                del row["index"]
        return 200, content

    caller, _ = ask(reply)
    assert cosines(caller.run(TEXTS, 8).values, TEXTS, 64) > 0.999999
    assert "matched by their order" in str(caller.provider.observed())  # type: ignore[attr-defined]


@pytest.mark.parametrize("indexes", [[False, True], [1, None], [None, 0], ["0", "1"], [0.0, 1.0]])
def test_indexes_that_disagree_are_refused(ask: Callable[..., tuple[Caller, Server]], indexes: list[Any]) -> None:
    def reply(body: Body) -> Reply:
        content = good(body)
        for row, index in zip(content["data"], indexes, strict=False):
            row["index"] = index
        return 200, content

    caller, _ = ask(reply)
    with pytest.raises(BadResponseError, match="indexes"):
        caller.run(TEXTS[:2], 2)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 0, "total_tokens": 0}, {"prompt_tokens": True}, "none"])
def test_usage_of_nothing_is_unknown(ask: Callable[..., tuple[Caller, Server]], usage: Any) -> None:
    caller, _ = ask(lambda body: (200, good(body) | {"usage": usage}))
    assert caller.run(TEXTS, 8).usage.tokens is None
    assert caller.ledger.tokens_unconfirmed > 0


@pytest.mark.parametrize("row", [[True] * 4, ["0.5"] * 4, [[0.5]] * 4, "", None])
def test_what_is_not_a_number_is_refused(ask: Callable[..., tuple[Caller, Server]], row: Any) -> None:
    def reply(body: Body) -> Reply:
        content = good(body)
        content["data"][0]["embedding"] = row
        return 200, content

    caller, _ = ask(reply, encoding="float")
    with pytest.raises(BadResponseError):
        caller.run(TEXTS[:2], 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_server_that_reads_only_the_first_texts_is_named(
    ask: Callable[..., tuple[Caller, Server]], rows: int
) -> None:
    caller, _ = ask(lambda body: (200, good(body) | {"data": good(body)["data"][:rows]}))
    with pytest.raises(BadResponseError, match=f"{rows} rows for 8 texts") as caught:
        caller.call(TEXTS[:8])
    assert caught.value.hint == f"options: {{inputs_per_request: {rows}}}"


# --- sizes and single texts ------------------------------------------------------------------------------------------


def refuse(status: int, message: str) -> Reply:
    return status, {"error": {"message": message, "type": "x", "code": None}}


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "batch size is invalid, it should not be larger than 10.: input.contents"),
        (413, "Payload too large"),
        (422, "batch size 32 > maximum allowed batch size 10"),
        (422, "List should have at most 10 items after validation"),
        (500, "input is too large to process. increase the physical batch size"),
        (500, "CUDA out of memory. Tried to allocate 2.00 GiB"),
    ],
)
def test_a_limit_on_texts_is_found_and_kept(
    ask: Callable[..., tuple[Caller, Server]], status: int, message: str
) -> None:
    caller, server = ask(lambda body: refuse(status, message) if len(texts_of(body)) > 10 else (200, good(body)))
    assert cosines(caller.run(TEXTS * 2, 32).values, TEXTS * 2, 64) > 0.999999
    sizes = [len(texts_of(body)) for body in server.bodies]
    assert sum(size > 10 for size in sizes) <= 4  # 32 and 16, and once more each where two were under way
    assert caller.run(TEXTS, 32).calls == 4


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 60 tokens. However, you requested 242 tokens"),
        (400, "The response was filtered due to Azure OpenAI's content management policy."),
        (400, "something is wrong"),
        (500, "failed to encode response: json: unsupported value: NaN"),
        (500, "internal error"),
    ],
)
def test_one_text_at_fault_costs_that_text_only(
    ask: Callable[..., tuple[Caller, Server]], status: int, message: str
) -> None:
    caller, _ = ask(lambda body: refuse(status, message) if TEXTS[17] in texts_of(body) else (200, good(body)))
    caller.run(TEXTS[:1], 1)
    refused: list[Refusal] = []

    values = caller.run(TEXTS, 32, refused=refused).values

    assert [one.item for one in refused] == [TEXTS[17]]
    assert np.flatnonzero(np.isnan(values).any(axis=1)).tolist() == [17]
    with pytest.raises(ProviderError, match="text number 17"):
        caller.call([TEXTS[17]])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("status", "most"), [(400, 3), (422, 3), (401, 1), (403, 1), (404, 1)])
def test_a_wrong_request_is_not_split_for_long(
    ask: Callable[..., tuple[Caller, Server]], status: int, most: int
) -> None:
    caller, server = ask(lambda _body: refuse(status, "'input_type' parameter is required for asymmetric models"))
    with pytest.raises(ProviderError, match="input_type"):
        caller.run(TEXTS, 32)
    assert len(server.requests) == most


def test_a_text_without_a_vector_costs_that_text_only(ask: Callable[..., tuple[Caller, Server]]) -> None:
    def reply(body: Body) -> Reply:
        content = good(body)
        for row, text in zip(content["data"], texts_of(body), strict=True):
            row["embedding"] = None if text == TEXTS[17] else row["embedding"]
        return 200, content

    caller, server = ask(reply)
    caller.run(TEXTS[:1], 1)
    refused: list[Refusal] = []

    caller.run(TEXTS, 32, refused=refused)

    assert [one.item for one in refused] == [TEXTS[17]]
    assert {body.get("encoding_format") for body in server.bodies} == {"base64"}


def test_a_vector_that_is_not_finite_costs_its_text_only(ask: Callable[..., tuple[Caller, Server]]) -> None:
    def reply(body: Body) -> Reply:
        content = good({**body, "encoding_format": "float"})
        for row, text in zip(content["data"], texts_of(body), strict=True):
            row["embedding"] = [None] * 64 if text == TEXTS[5] else row["embedding"]
        return 200, content

    caller, _ = ask(reply)
    refused: list[Refusal] = []
    values = caller.run(TEXTS, 32, refused=refused).values
    assert np.flatnonzero(np.isnan(values).any(axis=1)).tolist() == [5]


# --- errors, redirects, headers --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("code", [429, "429", "rate_limit_exceeded"])
def test_an_error_inside_a_200_is_read_by_its_code(ask: Callable[..., tuple[Caller, Server]], code: Any) -> None:
    calls = iter([True, False])
    limit = {"error": {"message": "Rate limit exceeded: free-models-per-min.", "code": code}, "user_id": "u"}
    caller, _ = ask(lambda body: (200, limit) if next(calls, False) else (200, good(body)))
    assert caller.run(TEXTS[:4], 4).retries == 1
    assert caller.ledger.refused == 1


def test_an_endless_error_inside_a_200_is_what_it_says(quick: None, ask: Callable[..., tuple[Caller, Server]]) -> None:
    caller, _ = ask(lambda _body: (200, {"error": {"message": "slow down", "code": 429}}))
    with pytest.raises(RateLimitError, match="slow down"):
        caller.run(TEXTS[:1], 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_not_followed(ask: Callable[..., tuple[Caller, Server]], status: int) -> None:
    target = "https://elsewhere.example/v1/embeddings"
    caller, server = ask(lambda _body: (status, "", {"location": target}))
    with pytest.raises(NotAvailableError, match=rf"{status}: .* {target}; redirects") as caught:
        caller.run(TEXTS[:1], 1)
    assert 'options: {base_url: "https://elsewhere.example/v1"}' in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("options", "status", "said", "hint"),
    [
        ({"dimensions": 8}, 400, "Model m does not support matryoshka representation", "leave dimensions out"),
        ({"dimensions": 8}, 422, "body.dimensions: Extra inputs are not permitted", "leave dimensions out"),
        ({"extra_body": {"task": "x"}}, 400, "unknown argument 'task'", "leave task of extra_body out"),
        ({"extra_body": {"task": "x"}}, 400, "the multitasking model is not here", "check the options"),
    ],
)
def test_a_field_that_the_server_lacks_is_named(
    ask: Callable[..., tuple[Caller, Server]], options: dict[str, Any], status: int, said: str, hint: str
) -> None:
    caller, _ = ask(lambda _body: (status, {"error": {"message": said}}), **options)

    with pytest.raises(ProviderError) as caught:
        caller.run(TEXTS[:1], 1)

    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {}])
def test_a_reply_that_cannot_be_unpacked_is_told_what_to_type(
    quick: None, ask: Callable[..., tuple[Caller, Server]], headers: dict[str, str]
) -> None:
    caller, _ = ask(lambda _body: (200, b"\x1f\x8bnot gzip at all", headers))

    with pytest.raises(ProviderError) as caught:
        caller.run(TEXTS[:1], 1)

    assert "options: {headers: {Accept-Encoding: identity}}" in str(caught.value.hint)


def test_nothing_of_an_openai_account_goes_elsewhere(
    ask: Callable[..., tuple[Caller, Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai-0123456789")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-0123456789")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Internal: secret-1\nAuthorization: secret-2\nUser-Agent: secret-3")
    caller, server = ask(lambda body: (200, good(body)), headers={"X-Mine": "yes"})
    caller.run(TEXTS[:2], 2)
    sent = {key.lower(): value for key, value in server.requests[0].headers.items()}
    assert sent["authorization"] == "Bearer none"
    assert sent["x-mine"] == "yes"
    assert not [value for value in sent.values() if "secret" in value or "sk-" in value]
    assert not [key for key in sent if key.startswith(("openai", "x-stainless"))]


def test_bodies_headers_and_addresses_have_options(
    ask: Callable[..., tuple[Caller, Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "key-0123456789")
    monkeypatch.setenv("TEAM", "blue-0123456789")
    options = {
        "extra_body": {"input_type": "query"}, "url_query": {"api-version": "2024-06-01"}, "api_key_header": "api-key",
        "api_key_env": "MY_KEY", "headers": {"X-Team": "${TEAM}"}, "prompt": "query: ", "dimensions": 64,
    }  # fmt: skip
    caller, server = ask(lambda body: (200, good(body)), **options)
    caller.run(["a"], 1)
    request = server.requests[0]
    assert server.bodies[0] == {
        "model": "m", "input": ["query: a"], "input_type": "query", "dimensions": 64, "encoding_format": "base64",
    }  # fmt: skip
    assert request.args["api-version"] == "2024-06-01"
    assert request.headers["api-key"] == "key-0123456789"
    assert request.headers["x-team"] == "blue-0123456789"
    assert "authorization" not in request.headers
    recipe = json.dumps(dict(caller.provider.info.recipe))
    assert "input_type" in recipe
    assert "query: " in recipe
    assert "0123456789" not in recipe


def test_each_role_has_its_prompt_fields_and_model(ask: Callable[..., tuple[Caller, Server]]) -> None:
    options = {
        "prompt": "text: ", "extra_body": {"user": "u", "input_type": "passage"},
        "query": {"prompt": "query: ", "extra_body": {"input_type": "query"}, "model": "m-query"},
        "document": {"model": "m-passage"},
    }  # fmt: skip
    caller, server = ask(lambda body: (200, good(body)), **options)

    caller.run([Query("a")], 1)
    caller.run(["a"], 1)

    sent = [{key: body.get(key) for key in ("model", "input", "user", "input_type")} for body in server.bodies]
    assert sent[0] == {"model": "m-query", "input": ["query: a"], "user": "u", "input_type": "query"}
    assert sent[-1] == {"model": "m-passage", "input": ["text: a"], "user": "u", "input_type": "passage"}
    recipe = caller.provider.info.recipe
    assert recipe["query"]["model"] == "m-query"
    assert recipe["document"]["model"] == "m-passage"


def test_openai_base_url_is_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    info = OpenAIProvider("text-embedding-3-small").info
    assert info.served_by == "127.0.0.1:9"
    assert "OPENAI_BASE_URL is set: texts go to http://127.0.0.1:9/v1" in info.notes
    assert OpenAIProvider("m", base_url="http://127.0.0.1:8/v1").info.served_by == "127.0.0.1:8"


@pytest.mark.parametrize(
    ("url", "words", "hint"),
    [
        ("http://h:1/v1/embeddings", "ends in /embeddings", 'base_url: "http://h:1/v1"'),
        ("http://h:1/v1?api-version=2", "may hold no", 'base_url: "http://h:1/v1", url_query: {api-version: 2}'),
    ],
)
def test_an_address_that_cannot_work_has_a_remedy(url: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        OpenAIProvider("m", base_url=url)
    assert hint in str(caught.value)


def test_a_missing_v1_is_named(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/embeddings").respond_with_data("Not Found", 404)
    provider = OpenAIProvider("m", base_url=httpserver.url_for(""))
    provider.load()
    caller = Caller(provider)
    with pytest.raises(NotAvailableError) as caught:
        caller.run(["a"], 1)
    assert f'options: {{base_url: "{httpserver.url_for("/v1")}"}}' in str(caught.value)
    caller.close()


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "http_proxy"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_socks_proxy_names_what_to_install(monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str) -> None:
    monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:1080")
    with pytest.raises(UsageError, match=variable) as caught:
        OpenAIProvider("m", base_url="http://127.0.0.1:9/v1").check()
    assert ("httpx2[socks]" if scheme != "socks4" else f"export {variable}=socks5://") in str(caught.value)


def test_a_preset_that_is_used_as_a_provider_is_named() -> None:
    with pytest.raises(UsageError, match="'ollama' is a preset") as caught:
        create("ollama", model="m")
    assert "use: openai, preset: ollama" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("1h0m0s", 3600, 3600),
        ("250us", 0.00025, 0.00025),
        ("99999h", 86400, 86400),
        ("4102444800", 86400, 86400),
        ("4102444800000", 86400, 86400),
        ("2100-01-01T00:00:00Z", 86400, 86400),
        ("1000000000", 0, 0),
        ("2020-01-01T00:00:00", 0, 0),
    ],
)
def test_a_reset_is_a_wait_in_every_form(text: str, least: float, most: float) -> None:
    seconds = reset_s(text)
    assert seconds is not None
    assert least <= seconds <= most


@pytest.mark.parametrize("text", ["²", "٣s", "soon", "-1", "1e9", "9" * 400])
def test_invalid_retry_after_is_none(text: str) -> None:
    assert duration_s(text) is None
    assert reset_s(text) is None


def test_every_encoding_gives_the_same_spearman(ask: Callable[..., tuple[Caller, Server]]) -> None:
    data = load_named("ko-sample", offline=True)
    texts = list(dict.fromkeys([*data.sentence1, *data.sentence2]))
    found = set()
    for encoding in ("auto", "base64", "float", "none"):
        caller, _ = ask(lambda body: (200, good(body)), encoding=encoding)
        vectors = dict(zip(texts, caller.run(texts, 32).values, strict=True))
        a, b = (np.array([vectors[text] for text in side]) for side in (data.sentence1, data.sentence2))
        found.add(round(float(spearmanr(data.gold, (a * b).sum(axis=1)).statistic), 6))
    assert len(found) == 1
