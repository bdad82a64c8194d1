"""What is a secret, in a text and as an option of a suite; and what only looks a little like one."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from embedmark.api.secrets import remember, scrub, scrub_all, secret_keys

AZURE = "0123456789abcdef0123456789abcdef"  # 32 hex digits: it looks like a checksum, and only its variable tells


@pytest.mark.parametrize("name", ["AZURE_OPENAI_KEY", "HF_TOKEN", "MY_SECRET", "db_password", "TOKEN"])
def test_values_of_secret_variables_are_taken_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, AZURE)
    assert scrub(f"키 {AZURE}: refused") == f"키 [{name}]: refused"
    assert scrub_all({"a": [f"<{AZURE}>", 3, None], "b": {"c": AZURE}}) == {
        "a": [f"<[{name}]>", 3, None],
        "b": {"c": f"[{name}]"},
    }


@pytest.mark.parametrize("form", ['"{}"', "'{}'", "Bearer {}", '"Bearer {}"', "{}\nexpires = tomorrow", "id\n{}\n"])
def test_a_secret_is_found_without_what_is_around_it(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """A client may take off the quotes of an --env-file, or send the first line alone."""
    monkeypatch.setenv("SOME_KEY", form.format(AZURE))

    assert AZURE not in scrub(f"Incorrect API key provided: {AZURE}.")
    assert scrub("it expires tomorrow") == "it expires tomorrow"


def test_other_variables_and_short_values_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "true")
    monkeypatch.setenv("HOMEPAGE", "a long sentence")
    assert scrub("it is true: a long sentence") == "it is true: a long sentence"


def test_a_key_within_a_longer_one_leaves_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "abcdefgh")
    monkeypatch.setenv("B_KEY", "abcdefgh-and-more")
    assert scrub("abcdefgh-and-more") == "[B_KEY]"


def test_a_variable_that_an_option_names_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_ACCOUNT", AZURE)
    assert AZURE in scrub(AZURE)
    remember("MY_ACCOUNT")
    assert scrub(AZURE) == "[MY_ACCOUNT]"


@pytest.mark.parametrize(
    "key",
    ["sk-proj-12*****89", "gsk_abcdEFGH1234", "hf_AbCdEfGh1234567890", "pa-abcdefghijklmnop_12", "Bearer a1b2c3d4"],
)
def test_what_looks_like_a_key_is_taken_out(key: str) -> None:
    assert scrub(f"Incorrect API key provided: {key}.").startswith("Incorrect API key provided: [key]")


@pytest.mark.parametrize("text", ["hf_hub_download failed", "a sk- text", "pa-ra-graph", "the bearer of this"])
def test_scrub_keeps_ordinary_words(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({"api_key": "abc"}, ["api_key"]),
        ({"key": "abc", "password": 12345678}, ["key", "password"]),
        ({"model_kwargs": {"token": "hf_abc"}}, ["model_kwargs.token"]),
        ({"headers": {"Authorization": "Bearer abc", "api-key": "abc"}}, ["headers.Authorization", "headers.api-key"]),
        ({"backends": [{"apiKey": "abc"}]}, ["backends[0].apiKey"]),
        ({"cohere_key": "Ab3dEf6hIj9kLmN0pQrS"}, ["cohere_key"]),
    ],
)
def test_secret_options_are_named_at_any_depth(options: dict[str, Any], places: list[str]) -> None:
    assert list(secret_keys(options)) == places


@pytest.mark.parametrize(
    "options",
    [
        {"api_key_env": "OPENAI_API_KEY", "tokens_per_minute": 1000, "max_tokens": 77, "num_tokens": 3},
        {"tokenizer_kwargs": {"pad_token": "<pad>", "eos_token": "<|endoftext|>"}, "text_key": "sentence1"},
        {"use_auth_token": True, "token": None, "api_key": "", "token_type_ids": [0]},
    ],
)
def test_options_that_are_no_secrets_pass(options: dict[str, Any]) -> None:
    assert list(secret_keys(options)) == []


@pytest.mark.parametrize("before", ["", "a", "user:", "ab"])
def test_encoded_key_is_scrubbed(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    key = "q7/Zp+abcdefgh~12345"
    monkeypatch.setenv("ODD_API_KEY", key)

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        told = encode(f"{before}{key}".encode()).decode()
        assert "[ODD_API_KEY]" in scrub(f"Basic {told}")
    assert scrub(urllib.parse.quote(key, safe="")) == "[ODD_API_KEY]"


@pytest.mark.parametrize(
    "written",
    [
        urllib.parse.quote,
        lambda key: urllib.parse.quote(urllib.parse.quote(key, safe=""), safe=""),
        lambda key: key.encode().hex(),
        lambda key: base64.b64encode(base64.b64encode(key.encode())).decode(),
        lambda key: json.dumps(key).replace("/", "\\/"),
        lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
        lambda key: "".join(f"\\x{ord(char):02X}" for char in key),
        lambda key: key.replace("+", "&#43;").replace("/", "&#x2F;"),
        lambda key: f"{key[:20]}\n{key[20:]}",
        lambda key: "".join(f"%{ord(char):02x}" for char in key),
    ],
)
def test_escaped_key_is_scrubbed(monkeypatch: pytest.MonkeyPatch, written: Callable[[str], str]) -> None:
    key = "qk-t/+9f3c1e7ab2d84605c7e19ab4d0f2638e=="
    monkeypatch.setenv("MY_API_KEY", key)

    said = scrub(f"no account {written(key)} here")

    assert said.replace("=", "").replace('"', "") == "no account [MY_API_KEY] here"
