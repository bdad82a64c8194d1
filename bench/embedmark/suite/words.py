"""A provider of a suite in one word: `[NAME=]USE[:MODEL][?OPTION=VALUE&...]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from embedmark.errors import UsageError
from embedmark.suite.model import ProviderSpec

# FILE.py:CLASS, then perhaps :MODEL. A colon before .py belongs to a Windows drive, else to an entry-point name.
_FILE = re.compile(r"(?P<use>(?:[A-Za-z]:[\\/])?[^:]*\.py:[^:]*)(?::(?P<model>.*))?", re.DOTALL)
_FILE_ALONE = re.compile(r"(?:[A-Za-z]:[\\/])?[^:]*\.py:?", re.DOTALL)
_OPTION = re.compile(r"""(?:[^&"']|"[^"]*"|'[^']*'|["'])+""")  # an & in quotes belongs to a value
_EXAMPLE = "minilm=sbert:sentence-transformers/all-MiniLM-L6-v2, lexical, or ./my_provider.py:MyProvider?dim=64"


def provider_entries(words: str | Sequence[str]) -> list[dict[str, Any]]:
    """Return the entries of a suite's `providers` that these words mean.

    Raises UsageError for no word, for one that cannot be read, and for two providers of one name.
    """
    listed = [words] if isinstance(words, str) else list(words)
    if not listed:
        raise UsageError("no model is named", hint=f"one or more of the form {_EXAMPLE}")
    entries = [model_entry(word) for word in listed]
    names = [entry["name"] for entry in entries]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UsageError(
                f"two models are called {name!r}", where=listed[i], hint=f"give one another name: {name}-2={listed[i]}"
            )
    return entries


def model_entry(word: str) -> dict[str, Any]:
    """Return the entry of a suite's `providers` that one word means.

    `NAME=` counts only before the first `:` or `?`. Without it the name is the last part of the model's, else of USE.

    Raises UsageError.

    >>> model_entry("small=openai:text-embedding-3-small?dimensions=256")
    {'name': 'small', 'use': 'openai', 'model': 'text-embedding-3-small', 'options': {'dimensions': 256}}
    """
    if not isinstance(word, str):
        raise UsageError(f"a model is given as a text, not as a {type(word).__name__}", hint=_EXAMPLE)
    head = re.split(r"[:?]", word, maxsplit=1)[0]
    name = head.partition("=")[0] if "=" in head else None
    rest, mark, query = word[0 if name is None else len(name) + 1 :].partition("?")
    use, model = _use_and_model(rest, word)
    if name is not None and not name.strip():
        raise UsageError("the name before `=` is empty", where=word, hint=rest)
    entry: dict[str, Any] = {"name": (name or _name_of(use, model)).strip(), "use": use}
    if model is not None:
        entry["model"] = model
    options = _options(query, word) if mark else {}
    if "preset" in options and "preset" in ProviderSpec.model_fields:
        entry["preset"] = options.pop("preset")
    return entry | ({"options": options} if options else {})


def _use_and_model(text: str, word: str) -> tuple[str, str | None]:
    if _FILE_ALONE.fullmatch(text):
        raise UsageError("the file names no class", where=word, hint=f"{text.rstrip(':')}:MyProvider")
    found = _FILE.fullmatch(text)
    use, colon, model = (found["use"], found["model"] is not None, found["model"]) if found else text.partition(":")
    if not use.strip():
        raise UsageError("this model names no provider", where=word, hint=_EXAMPLE)
    if colon and not model:
        raise UsageError("the model after `:` is empty", where=word, hint=word.replace(f"{use}:", use, 1))
    return use, model if colon else None


def _name_of(use: str, model: str | None) -> str:
    """Return multilingual-e5-small for intfloat/multilingual-e5-small, x for package:x/y, the class for a file."""
    if model is None:
        return use.rpartition(":")[2]
    package = re.fullmatch(r"package:([^/]+)(?:/.*)?", model)
    if package:
        return package[1]
    return re.split(r"[\\/:]", model.rstrip("\\/"))[-1] or use


def _options(query: str, word: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for text in _OPTION.findall(query):
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"the option {text!r} has no value", where=word, hint=f"{key or 'OPTION'}=VALUE")
        if key in options:
            raise UsageError(f"the option {key!r} is given twice", where=word, hint=f"keep one {key}=")
        try:
            options[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            said = str(error).splitlines()[0]
            raise UsageError(f"the value of {key!r} is not YAML: {said}", where=word, hint=f"{key}='...'") from None
    if not options:
        raise UsageError("there is no option after `?`", where=word, hint=word.rstrip("?&"))
    return options
