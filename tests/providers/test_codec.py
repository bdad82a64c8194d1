"""Base64 and JSON by the fast libraries: the same values, and the same refusals, as by the standard library."""

from __future__ import annotations

import base64
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark_providers import _codec

ODD = ["", "=", "A", "AAA", "AA==", "AAAA====", "AA=A", "AAAA=AAA", "AAAA\n", " AAAA", "AAAé", "-_-_", "A" * 4097]
ODD_JSON = [b"", b"{", b"NaN", b'{"a": Infinity}', b'"\\ud800"', b"\xef\xbb\xbf{}", b"[1] 2", b'{"a": 1, "a": 2}',
            b"1e400", b"\xff", b"[1.10000000000000000001, -0.0]", b"01", b"[1,]",
            '{"a": 1}'.encode("utf-16"), b'"\x01"', b"[" * 300 + b"]" * 300]  # fmt: skip


def said(work: Callable[[], Any]) -> Any:
    try:
        return repr(work())
    except (ValueError, RecursionError) as error:
        return type(error), str(error)


@pytest.fixture(autouse=True)
def fast_libraries() -> None:
    pytest.importorskip("orjson")
    pytest.importorskip("pybase64")


@pytest.mark.parametrize("text", ODD)
def test_odd_base64_is_read_as_by_the_standard_library(text: str) -> None:
    assert said(lambda: _codec.decode_base64(text)) == said(lambda: base64.b64decode(text, validate=True))


@given(st.text(st.sampled_from("AQz09+/=-_ \n"), max_size=12))
def test_any_base64_is_read_as_by_the_standard_library(text: str) -> None:
    assert said(lambda: _codec.decode_base64(text)) == said(lambda: base64.b64decode(text, validate=True))


@pytest.mark.parametrize("body", ODD_JSON)
def test_odd_json_is_read_as_by_the_standard_library(body: bytes) -> None:
    assert said(lambda: _codec.parse_json(body)) == said(lambda: json.loads(body))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_float_is_read_as_by_the_standard_library(number: float) -> None:
    body = json.dumps([number]).encode()

    assert _codec.parse_json(body) == json.loads(body)


def test_replies_are_read_without_the_fast_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pybase64", "orjson"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it fails
    monkeypatch.delitem(sys.modules, _codec.__name__)
    plain = importlib.import_module(_codec.__name__)

    assert plain.decode_base64("AQI=") == b"\x01\x02"
    assert plain.parse_json(b'{"a": [1.5]}') == {"a": [1.5]}
