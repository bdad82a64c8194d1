"""The language of what people read: English sentences are looked up in gettext catalogs.

    from embedmark.language import gettext as _

    with using("ko"):
        _("{name} failed", name="minilm")

The catalogs are in locale/; `make messages` brings them up to date with the code.
"""

from __future__ import annotations

import gettext as catalogs
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, Literal

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")
LOCALE: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "embedmark"
PART: Final = "part"  # the context of a single word within a sentence
_COUNTERS: Final = "개회행차"  # what a Korean sentence has behind a number of things
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # as POSIX has it, the first that is set decides

_current: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def using(language: str | None) -> Iterator[None]:
    """Within, every sentence is in this language; None is English."""
    token = _current.set(language or "en")
    try:
        yield
    finally:
        _current.reset(token)


def current_language() -> str:
    """Return the language that `using` has set, or `en`."""
    return _current.get()


def system_language() -> Language:
    """Return the language that the environment's locale asks for; English if it asks for one that is not here."""
    value = next((found for name in _VARIABLES if (found := os.environ.get(name))), "")
    return next((language for language in LANGUAGES if value.lower().startswith(language)), "en")


def gettext(message: str, /, **values: object) -> str:
    """Return a sentence in the current language, with its `{placeholders}` filled in.

    >>> gettext("{name} failed", name="minilm")
    'minilm failed'
    """
    text = catalog(_current.get()).gettext(message) if message else message
    return text.format(**values) if values else text


def translatable(message: str) -> str:
    """Return a message as it is: it is in the catalog, and is looked up later with `gettext`."""
    return message


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the sentence for this number of things, which is `{n}` in it.

    >>> ngettext("{n:,} pair", "{n:,} pairs", 2)
    '2 pairs'
    """
    return catalog(_current.get()).ngettext(one, many, n).format(n=n, **values)


@cache
def catalog(language: str) -> catalogs.NullTranslations:
    """Return the catalog of a language; English needs none."""
    if language == "en":
        return catalogs.NullTranslations()
    return catalogs.translation(DOMAIN, LOCALE, languages=[language], fallback=True)


def from_english(sentence: str) -> str:
    """Return a finished English sentence in the current language, figures and names as they are.

    A manifest keeps warnings in English. The sentence is looked up as it is, and then among the patterns, which are
    messages with numbered placeholders. A sentence that the catalog does not know is returned as it is.
    """
    language = _current.get()
    if language == "en" or not sentence:
        return sentence
    found = catalog(language).gettext(sentence)
    if found != sentence or " " not in sentence:
        return found if found != sentence else catalog(language).pgettext(PART, sentence)
    for pattern, text in _patterns(language):
        match = pattern.fullmatch(sentence)
        if match:
            return _filled(text, [_part(group) for group in match.groups()])
    return sentence


def failure_from_english(text: str) -> str:
    """Return an error in the current language, as a failure keeps it: `message (hint)`, or a message alone."""
    for opening in re.finditer(r" \(", text) if text.endswith(")") else ():
        hint = text[opening.end() : -1]
        translated = from_english(hint)
        if translated != hint:
            return f"{from_english(text[: opening.start()])} ({translated})"
    return from_english(text)


def _filled(text: str, parts: Sequence[str]) -> str:
    """Return a message with its numbered placeholders filled in; other braces, as of `options: {...}`, stay."""
    return re.sub(r"{(\d+)}", lambda found: parts[int(found[1]) - 1], text)


def _part(text: str) -> str:
    """Return a part of a sentence in the current language: a word only if it is a part, since it may be a name."""
    return from_english(text) if " " in text else catalog(_current.get()).pgettext(PART, text)


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the messages with numbered placeholders as regular expressions, those with the most text first."""
    messages: dict[object, str] = vars(catalog(language)).get("_catalog", {})
    numbered = {key: text for key, text in messages.items() if isinstance(key, str) and "{1}" in key}
    ordered = sorted(numbered.items(), key=lambda item: -len(re.sub(r"{\d+}", "", item[0])))
    return tuple((_pattern(key, text), text) for key, text in ordered)


def _pattern(message: str, translation: str) -> re.Pattern[str]:
    """Return what finds a message; a placeholder that its translation counts is found only where it has a figure."""
    parts = re.split(r"{(\d+)}", message)
    counts = set(re.findall(rf"{{(\d+)}}[{_COUNTERS}]", translation))
    # What is counted has a figure: "accuracy pairs" is the job of a dataset with that name.
    values = ["(.*?\\d.*?)" if place in counts else "(.*?)" for place in parts[1::2]]
    return re.compile(re.escape(parts[0]) + "".join(map("{}{}".format, values, map(re.escape, parts[2::2]))), re.DOTALL)
