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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, Literal

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")
LOCALE: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "embedmark"
_OF_FILE: Final = re.compile(r"[^:\n]+\.\w{1,8}: ")  # what a note of one of several files begins with
_MOST_ENDS: Final = 3  # of sentences, at which an unknown text is taken for two
PART: Final = "part"  # the context of a single word within a sentence
_COUNTERS: Final = "개회행차"  # what a Korean sentence has behind a number of things
_PARTICLES: Final = {"이(가)": "이가", "은(는)": "은는", "을(를)": "을를", "과(와)": "과와", "(으)로": ("으로", "로")}
_PARTICLE: Final = re.compile(r"([가-힣0-9])([\"'`)\]]*)(이\(가\)|은\(는\)|을\(를\)|과\(와\)|\(으\)로)")
_LAST_CONSONANTS: Final = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"  # of a syllable, in Unicode's order
_ENDS_OF_DIGITS: Final = "ㅇㄹ ㅁ  ㄱㄹㄹ "  # the last consonant of a digit that is read in Korean; blank: none
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # as POSIX has it, the first that is set decides

_current: ContextVar[str] = ContextVar("language", default="en")
_names: ContextVar[frozenset[str]] = ContextVar("names", default=frozenset())


@contextmanager
def using(language: str | None, keep: Iterable[str] = ()) -> Iterator[None]:
    """Within, every sentence is in this language; None is English.

    Args:
        language: of LANGUAGES.
        keep: names that stay as they are, though they are words of sentences: a dataset may be called `pairs`.
    """
    token, kept = _current.set(language or "en"), _names.set(_names.get() | frozenset(keep))
    try:
        yield
    finally:
        _names.reset(kept)
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
    return with_particles(text.format(**values)) if values else text


def translatable(message: str) -> str:
    """Return a message as it is: it is in the catalog, and is looked up later with `gettext`."""
    return message


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the sentence for this number of things, which is `{n}` in it.

    >>> ngettext("{n:,} pair", "{n:,} pairs", 2)
    '2 pairs'
    """
    return with_particles(catalog(_current.get()).ngettext(one, many, n).format(n=n, **values))


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
    if _current.get() == "en" or not sentence:
        return sentence
    found = _known(sentence)
    return _joined(sentence) if found is None else found


def _known(sentence: str, *, of_file: bool = True) -> str | None:
    """Return a sentence that the catalog has, or a word, in the current language; None for an unknown sentence.

    With `of_file`, also one behind the name of a file.
    """
    language = _current.get()
    found = catalog(language).gettext(sentence)
    if found != sentence or " " not in sentence:
        return found if found != sentence else catalog(language).pgettext(PART, sentence)
    if of_file and (file := _OF_FILE.match(sentence)):
        note = sentence[file.end() :]
        rest = _known(note, of_file=False)
        if rest is not None and rest != note:
            return f"{file[0]}{rest}"
    for pattern, text in _patterns(language):
        match = pattern.fullmatch(sentence)
        if match:
            return with_particles(_filled(text, [_part(group) for group in match.groups()]))
    return None


def _joined(text: str) -> str:
    """Return two sentences, one behind the other, in the current language; as they are if one of them is not known.

    Only the first few ends of a sentence are tried: a server's reply may have hundreds.
    """
    for end in islice(re.finditer(r"(?<=[.?!;]) ", text), _MOST_ENDS):
        first, second = text[: end.start()], text[end.end() :]
        if " " in first and (said := _known(first)) is not None:
            rest = from_english(second)
            return text if rest == second else f"{said} {rest}"
    return text


def with_particles(text: str) -> str:
    """Return Korean with the particle that its word takes, where that is a Korean word or a number.

    >>> with_particles("스위트이(가), 3을(를), 문장쌍.tsv은(는)")
    '스위트가, 3을, 문장쌍.tsv은(는)'
    """
    return _PARTICLE.sub(_particle, text) if "(" in text else text


def _particle(found: re.Match[str]) -> str:
    letter, closing, particle = found.groups()
    end = _ENDS_OF_DIGITS[int(letter)] if letter.isdecimal() else _LAST_CONSONANTS[(ord(letter) - ord("가")) % 28]
    is_open = end == " " or (particle == "(으)로" and end == "ㄹ")
    return f"{letter}{closing}{_PARTICLES[particle][is_open]}"


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
    if text in _names.get():
        return text
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
