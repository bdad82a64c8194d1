"""Replies as bytes on the wire: second replies on one connection, odd numbers, odd charsets and odd headers."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
import pytest

from embedmark.calls.caller import Caller
from embedmark.errors import BadResponseError, ProviderError
from embedmark.testing.server.replies import vector_of
from embedmark_providers.openai_api import OpenAIProvider

DIM = 8
# The answers of one request, one after the other, by the number of the request and its texts.
Write = Callable[[int, list[str]], list[bytes]]
Ask = Callable[..., Caller]


def http(body: str | bytes, status: str = "200 OK", **headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    lines = {"content-type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
    head = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}content-length: {len(raw)}\r\n\r\n".encode() + raw


def good(texts: list[str]) -> str:
    coded = [base64.b64encode(vector_of(text, DIM).astype("<f4").tobytes()).decode() for text in texts]
    rows = [{"index": i, "embedding": row} for i, row in enumerate(coded)]
    return json.dumps({"data": rows, "usage": {"prompt_tokens": 3}})


def serve(listening: socket.socket, write: Write, seen: list[int]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(connection, write, seen), daemon=True).start()


def answer(connection: socket.socket, write: Write, seen: list[int]) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
        while length := content_length(stream):
            texts = json.loads(stream.read(length))["input"]
            seen.append(len(texts))
            for part in write(len(seen), texts):
                connection.sendall(part)


def content_length(stream: BinaryIO) -> int:
    length = 0
    while (line := stream.readline().lower()) not in (b"", b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return length


@pytest.fixture
def seen() -> list[int]:
    return []


@pytest.fixture
def ask(seen: list[int]) -> Iterator[Ask]:
    opened: list[tuple[socket.socket, Caller]] = []

    def make(write: Write) -> Caller:
        listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(listening, write, seen), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        provider = OpenAIProvider("m", base_url=url, concurrency=1, deadline_s=10.0)
        provider.load()
        opened.append((listening, Caller(provider)))
        return opened[-1][1]

    yield make
    for listening, caller in opened:
        caller.close()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(lambda reply: reply, id="the same again"),
        pytest.param(lambda reply: reply[: len(reply) // 2], id="half of it"),
        pytest.param(lambda _reply: http("{}", "500 Internal Server Error"), id="an error"),
        pytest.param(lambda _reply: b"garbage\r\n\r\n", id="garbage"),
        pytest.param(lambda reply: reply * 3, id="three more"),
    ],
)
def test_second_reply_does_not_answer_the_next_request(
    ask: Ask, seen: list[int], extra: Callable[[bytes], bytes]
) -> None:
    def write(number: int, texts: list[str]) -> list[bytes]:
        reply = http(good(texts))
        return [reply + extra(reply)] if number == 1 else [reply]

    caller = ask(write)
    texts = [f"text {i}" for i in range(4)]

    values = np.concatenate([caller.run([text], 1).values for text in texts])

    assert np.allclose(values, [vector_of(text, DIM) for text in texts], atol=1e-6)
    assert caller.ledger.requests == len(seen)


@pytest.mark.parametrize(
    "usage", ['"²"', '"\\u00b2"', "9" * 400, "9" * 5000, "1e999", "-5", "NaN", "true", '"3"', "3.0", "[3]", '{"a": 3}']
)
def test_a_usage_that_is_no_count_is_unknown(ask: Ask, usage: str) -> None:
    caller = ask(lambda _number, texts: [http(good(texts).replace('"prompt_tokens": 3', f'"prompt_tokens": {usage}'))])
    done = caller.run(["a"], 1)
    assert np.allclose(done.values, [vector_of("a", DIM)], atol=1e-6)
    assert done.usage.tokens is None


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("index", ["false", '"0"', '"²"', "0.0", "-1", "9" * 5000])
def test_an_index_that_is_no_position_is_refused(ask: Ask, index: str) -> None:
    caller = ask(lambda _number, texts: [http(good(texts).replace('"index": 0', f'"index": {index}'))])
    with pytest.raises(BadResponseError, match="with the indexes"):
        caller.run(["a", "b"], 2)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("vector", [[True] * 4, ["0.5"] * 4, [10**400] * 4, [[1.0]] * 4, {"0": 1.0}])
def test_a_vector_that_is_no_list_of_numbers_is_refused(ask: Ask, vector: object) -> None:
    caller = ask(lambda _number, _texts: [http(json.dumps({"data": [{"index": 0, "embedding": vector}]}))])
    with pytest.raises(BadResponseError, match="vector 0"):
        caller.run(["a"], 1)


_TIMES = ["²", "²ms", "9" * 400, "inf", "nan", "-1", "1e5", "1_0", " ", "Fri, 31 Dec 99999 23:59:59 GMT"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("value", _TIMES)
def test_headers_that_say_no_number_are_ignored(ask: Ask, value: str) -> None:
    names = [f"x_ratelimit_{what}_{of}" for what in ("limit", "remaining", "reset") for of in ("requests", "tokens")]
    told = dict.fromkeys([*names, "retry_after", "retry_after_ms"], value)

    def write(number: int, texts: list[str]) -> list[bytes]:
        return [http(good(texts), **told) if number > 1 else http("{}", "429 Too Many Requests", **told)]

    done = ask(write).run(["a"], 1)

    assert np.allclose(done.values, [vector_of("a", DIM)], atol=1e-6)
    assert done.retries == 1


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "zlib", "rot13", "no-such", "utf-16"])
def test_an_error_of_any_charset_is_the_server_s_own(ask: Ask, charset: str) -> None:
    said = '{"error": {"message": "it is bad"}}'.encode("utf-16" if charset == "utf-16" else "utf-8")
    kind = {"content_type": f"text/plain; charset={charset}"}
    caller = ask(lambda _number, _texts: [http(said, "400 Bad Request", **kind)])
    with pytest.raises(ProviderError, match="400 from the server"):
        caller.run(["a"], 1)
