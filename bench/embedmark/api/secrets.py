"""Secrets taken out of texts that may be published: a server, or its client library, may quote the key it was sent."""

from __future__ import annotations

import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

from embedmark.files import printable

# Environment variables that hold secrets, by their names; shorter values are words such as "none" or "true".
_NAME = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_SHORTEST = 8
_SHORTEST_LINE = 16  # of a secret of several lines, which may hold words as well
_named: set[str] = set()
# What looks like a key, known or not: a server may echo a half of it, or another one than was sent.
_LOOKS = re.compile(
    r"\bsk[-_][\w*.-]{6,}"
    r"|\bgsk_[\w*.-]{6,}"
    r"|\b(hf_|ghp_|nvapi-|xai-|jina_|AIza)[A-Za-z0-9*_-]*[\d*][A-Za-z0-9*_-]{6,}"
    r"|\bpa-[\w*-]{16,}"
    r"|\bBearer[-_ ]+[\w*.~+/=-]{6,}"
)
# Words that a key of a mapping ends with where its value is a secret: always; and after one of the words that follow.
_SECRET_WORDS = {"apikey", "secret", "password", "passwd", "passphrase", "authorization"}
_KEY_WORDS = {"key", "token"}
_OF_KEYS = {"api", "access", "auth", "bearer", "secret", "private", "subscription", "account", "admin", "session",
            "refresh", "hub", "hf", "huggingface"}  # fmt: skip
# The value of `pad_token` or `text_key` is none, and that of `cohere_key` is: long, of one word, with digits.
_VARIABLE = re.compile(r"(?:[A-Za-z]+ )?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_RANDOM = re.compile(r"(?=(?:.*\d){3})(?=.*[A-Za-z])[\w.+/=-]{20,}")


def scrub(text: str) -> str:
    """Return a printable text with `[NAME]` in place of the value of a secret variable, and `[key]` for any other key.

    Secret are variables whose names end in KEY, TOKEN, SECRET or PASSWORD, and those given to remember().
    """
    text = printable(text)
    for value, name in _secrets():
        text = text.replace(value, f"[{name}]")
    for value, name in _values():
        text = _escaped(value).sub(f"[{name}]", text)
    return _LOOKS.sub("[key]", text)


def scrub_all(value: Any) -> Any:
    """scrub() for every text within lists and mappings, keys included; what is no text stays."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {scrub_all(key): scrub_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_all(inner) for inner in value]
    return value


def remember(variable: str) -> None:
    """Take this environment variable for a secret from now on, whatever its name: an option such as api_key_env."""
    _named.add(variable)


def variables_in(value: Any) -> Iterator[str]:
    """Return the environment variables that texts within lists and mappings name as ${NAME}."""
    if isinstance(value, str):
        yield from re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from variables_in(inner)


def secret_keys(options: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Dotted paths of the keys, at any depth, whose values are secrets: api_key, token, password, Authorization, ...

    Not of those that name an environment variable (`api_key_env`), count tokens (`max_tokens`) or are tokens of a
    tokenizer (`pad_token`).
    """
    for key, value in options.items():
        place = f"{at}.{key}" if at else str(key)
        if _is_secret(str(key), value):
            yield place
        for i, inner in enumerate(value if isinstance(value, list | tuple) else [value]):
            if isinstance(inner, Mapping):
                yield from secret_keys(inner, f"{place}[{i}]" if isinstance(value, list | tuple) else place)


def _is_secret(key: str, value: Any) -> bool:
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return False
    if isinstance(value, str) and _VARIABLE.fullmatch(value):
        return False  # it names the environment variable that holds the secret
    if words[-1] in _SECRET_WORDS:
        return True
    if words[-1] not in _KEY_WORDS or isinstance(value, int):
        return False
    return len(words) == 1 or words[-2] in _OF_KEYS or _RANDOM.fullmatch(value) is not None


def _secrets() -> list[tuple[str, str]]:
    """Values in every form with the names of their variables, the longest first: one may be within another."""
    written = [(form, name) for value, name in _values() for form in _forms(value)]
    return sorted(written, key=lambda both: -len(both[0]))


def _values() -> list[tuple[str, str]]:
    """Values with the names of their variables, the longest first."""
    secret = [(name, value) for name, value in os.environ.items() if name in _named or _NAME.search(name)]
    found = {part: name for name, value in secret for part in _parts(value)}
    long = [(value, name) for value, name in found.items() if len(value) >= _SHORTEST]
    return sorted(long, key=lambda both: -len(both[0]))


@cache
def _parts(value: str) -> frozenset[str]:
    """Return a secret as it is and as a program may read it: without quotes or `Bearer`, and line by line."""
    whole = value.strip()
    lines = {line.strip() for line in whole.splitlines() if len(line.strip()) >= _SHORTEST_LINE}
    bare = {part.strip("\"' ").removeprefix("Bearer ").strip() for part in (whole, *lines)}
    return frozenset({whole, *lines, *bare})


@cache
def _escaped(value: str) -> re.Pattern[str]:
    """Return a pattern of a secret any of whose characters may be escaped, with at most one blank between two.

    Percent-encoded once or twice, as in JSON and Python's source, as in HTML; and wrapped over two lines.
    """
    return re.compile(r"\s?".join(map(_ways, value)))


def _ways(char: str) -> str:
    """Return a pattern of the ways in which a character is written."""
    code = ord(char)
    encoded = quote(char.encode("utf-8", "surrogateescape"), safe="")
    hexed = encoded if encoded.startswith("%") else f"%{code:02x}"
    ways = [
        "\\\\?" + re.escape(char),
        f"(?i:{hexed.replace('%', '%(?:25)*')})",
        f"(?i:\\\\u{code:04x}|\\\\x{code:02x}|&#0*{code};|&#x0*{code:x};)",
    ]
    return f"(?:{'|'.join(ways)})"


@cache
def _forms(value: str) -> tuple[str, ...]:
    """Return a secret as it may be quoted: URL-encoded, in hexadecimal, as base64, and within that of a longer text."""
    data = value.encode("utf-8", "surrogateescape")
    forms = {value, quote(value, safe=""), quote_plus(value), data.hex(), data.hex().upper()}
    forms.add(b64encode(b64encode(data)).decode().rstrip("="))
    for before, first in enumerate((0, 2, 3)):  # bytes before it, and the first digit that depends on it alone
        known = (before + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            forms.add(encode(b"\0" * before + data).decode()[first:known])
    return tuple(forms)
