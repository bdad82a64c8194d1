"""Remedies as they are typed where no suite is: the keys of a dataset's entry as options, or as keywords."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from embedmark.errors import EmbedmarkError, UsageError

# A key of an entry with its value, as hints and notes have it.
_KEY: Final = re.compile(r"`([a-z_0-9]+): ([^`]*)`")
_PLAIN: Final = re.compile(r"[^,={}\[\]'\":]+")  # a column's name that needs no YAML


@contextmanager
def typed_as_options(path: str, own: Collection[str] = ()) -> Iterator[Callable[[str], str]]:
    """Within, the hint of an error names options of the command in place of an entry's keys.

    Args:
        path: what comes before the path of the data, such as `--data`.
        own: keys with an option of their own name; the others are values of `--option`.

    Returns:
        What does the same with a note.
    """

    def typed(text: str) -> str:
        return as_options(text, path, own)

    try:
        yield typed
    except UsageError as error:
        error.typed = typed
        raise


def as_options(text: str, path: str, own: Collection[str] = ()) -> str:
    """Return a hint with options in place of an entry's keys.

    Example:
        >>> as_options("add `skip_lines: 2`", "--data")
        'add --option skip_lines=2'
        >>> as_options("add `encoding: cp949`", "--data", own=("encoding",))
        'add --encoding cp949'
    """

    def option(found: re.Match[str]) -> str:
        key, value = found[1], found[2]
        if key not in _keys():
            return found[0]
        if key == "columns":
            return f"--columns {shlex.quote(_columns(value))}"
        if key in ("path", "queries"):
            return f"{path} {shlex.quote(_plain(value))}"
        if key in own:
            return f"--{key} {shlex.quote(_plain(value))}"
        return f"--option {shlex.quote(f'{key}={value}')}"

    return _KEY.sub(option, text)


def as_keywords(error: EmbedmarkError) -> None:
    """Let a hint name keywords of `evaluate` in place of an entry's keys."""

    def keyword(found: re.Match[str]) -> str:
        key, value = found[1], _value(found[2])
        if key not in _keys():
            return found[0]
        return f"`{key}={value!r}`" if key in ("columns", "name", "kind") else f"`entry={ {key: value}!r}`"

    if error.hint is not None:
        error.hint = _KEY.sub(keyword, error.hint)


def _keys() -> Collection[str]:
    from embedmark.suite.datasets import FileDataset
    from embedmark.suite.retrieval import RetrievalData

    return {*FileDataset.model_fields, *RetrievalData.model_fields}


def _columns(value: str) -> str:
    """Return columns as `--columns` takes them: `a=x,b=y`, or as in a suite where a name needs quotes."""
    columns = _value(value)
    if not isinstance(columns, Mapping):
        return value
    names = {key: str(name) for key, name in columns.items() if isinstance(name, str | int)}
    digits = any(isinstance(name, str) and name.isdecimal() for name in columns.values())
    if len(names) < len(columns) or digits or not all(map(_is_plain, names.values())):
        return value
    return ",".join(f"{key}={name}" for key, name in names.items())


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and name == name.strip()


def _plain(value: str) -> str:
    loaded = _value(value)
    return value if isinstance(loaded, list | dict) else str(loaded)


def _value(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
