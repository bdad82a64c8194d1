"""Options of providers that ask a server: its address, key and headers, and numbers above 0."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from embedmark.errors import UsageError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PORTS = 2**16
# Ends of addresses that are those of a call: the base address ends before them.
_CALLS = ("/embeddings", "/embed", "/rerank", "/score", "/ranking", "/chat/completions", "/completions", "/models")


def parse_base_url(text: str, where: str, example: str) -> tuple[str, str]:
    """Return the address of a server, without a slash at its end, and its host name. Raises UsageError."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is not a number
    except ValueError as error:
        hint = _full_address(url, example)
        hint = f'base_url: "{example}"' if hint == f'base_url: "{url}"' else hint
        raise UsageError(f"base_url cannot be read: {error}", where=where, hint=hint) from None
    if parts.username or parts.password or parts.fragment or parts.query:
        raise UsageError(
            "base_url may hold no user, password, query or fragment: a suite is published with its results",
            where=where, hint=_without(parts),
        )  # fmt: skip
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        raise UsageError(
            f"base_url is {text!r}, which is not a full address", where=where, hint=_full_address(url, example)
        )
    for call in _CALLS:
        if parts.path.endswith(call):
            raise UsageError(
                f"base_url ends in {call}, which is appended to it", where=where,
                hint=f'base_url: "{url.removesuffix(call)}"',
            )  # fmt: skip
    return url, parts.hostname


def _without(parts: SplitResult) -> str:
    """Return what to type in place of a user and password, a query or a fragment."""
    if parts.username or parts.password:
        return "options: {api_key_env: NAME} names the environment variable that holds the key"
    url = parts._replace(query="", fragment="").geturl().rstrip("/")
    if not parts.query:
        return f'options: {{base_url: "{url}"}}'
    each = (pair.partition("=") for pair in parts.query.split("&"))
    fields = ", ".join(f"{key}: {value or '...'}" for key, _, value in each)
    return f'options: {{base_url: "{url}", url_query: {{{fields}}}}}'


def _full_address(url: str, example: str) -> str:
    """Return the address with what it lacks: a scheme, both of its slashes, or blanks out of it."""
    rest = re.sub(r"\s", "", re.sub(r"^([a-zA-Z]+:/+|https?/+|/+|https?:$)", "", url))
    authority, slash, path = rest.partition("/")
    if authority.count(":") > 1:  # an IPv6 address
        named, scheme = _in_brackets(authority), "https" if url.lower().startswith("https") else "http"
        return f'base_url: "{scheme}://{named}{slash}{path}"' if named else f'base_url: "{example}"'
    host = re.split(r"[:/]", rest)[0]
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", host):
        return f'base_url: "{example}"'
    secure = url.lower().startswith("https") or ("." in host and not re.fullmatch(r"[0-9.]+", host))
    scheme = "https" if secure and not url.lower().startswith("http:") else "http"
    return f'base_url: "{scheme}://{rest}"'


def _in_brackets(authority: str) -> str | None:
    """Return an IPv6 address as an address of the web has it, `[::1]:8080`; None if it is not one."""
    bare, _, port = authority.removeprefix("[").partition("]")
    if not port and "[" not in authority and re.search(r":[0-9]{2,5}$", bare):
        host, _, digits = bare.rpartition(":")
        if _is_ipv6(host):
            return f"[{host}]:{digits}"
    good = _is_ipv6(bare) and re.fullmatch(r"(:[0-9]{1,5})?", port) and int(port[1:] or 0) < _PORTS
    return f"[{bare}]{port}" if good else None


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def read_key(env: str | None) -> str:
    """Return the key, from the environment. Raises UsageError without ever showing it."""
    if env is None:
        return ""
    key = os.environ.get(env, "").strip()
    if not key:
        raise UsageError(f"no API key: {env} is not set", hint=f"export {env}=...; a key never belongs in a suite file")
    if key[0] == key[-1] and key[0] in "\"'":  # as `docker run --env-file` leaves them
        raise UsageError(
            f"{env} begins and ends with a quotation mark, which is not a part of a key",
            hint=f"export {env}=... without it; an --env-file of Docker takes no quotation marks",
        )
    if key.lower().startswith("bearer "):
        raise UsageError(f"{env} begins with Bearer, which is not a part of a key", hint=f"export {env}=... without it")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            f"{env} holds blanks, control characters or letters beyond ASCII, and is not a valid key",
            hint=f"export {env}=... again",
        )
    return key


def check_headers(headers: Mapping[str, Any]) -> None:
    """Raise UsageError for a header name or value that HTTP cannot hold."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise UsageError(
                f"{name!r} is not a header's name", where="options.headers", hint="headers: {X-Name: value}"
            )
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise UsageError(
                f"the value of header {name} must be a text of ASCII characters", where="options.headers",
                hint=f'headers: {{{name}: "..."}}; ${{NAME}} in it stands for an environment variable',
            )  # fmt: skip


def expand_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with ${NAME} replaced by environment variables. Raises UsageError for one that is not set."""

    def value_of(match: re.Match[str]) -> str:
        return read_key(match[1])

    return {name: _VARIABLE.sub(value_of, value) for name, value in headers.items()}


def check_mapping(name: str, value: object) -> None:
    """Raise UsageError for an option that must be a mapping and is not."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{name} is {value!r}", where=f"options.{name}", hint=f"{name}: {{key: value}}")


def check_numbers(**numbers: float | None) -> None:
    """Raise UsageError for a number that is not above 0, or not whole where it must be."""
    for name, value in numbers.items():
        whole = name in ("concurrency", "inputs_per_request", "tokens_per_request", "documents_per_request")
        good = isinstance(value, int if whole else int | float) and not isinstance(value, bool) and value > 0
        if value is not None and not good:
            what = "a whole number" if whole else "a number"
            raise UsageError(f"{name} is {value!r}", where=f"options.{name}", hint=f"{what} above 0")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise UsageError for an option that is not one of its words."""
    if value not in choices:
        raise UsageError(f"{name} is {value!r}", where=f"options.{name}", hint=f"one of: {', '.join(choices)}")
