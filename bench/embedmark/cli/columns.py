"""`--columns`: which columns of a data file hold what."""

from __future__ import annotations

from typing import Any, Final

_PAIR: Final = ("sentence1", "sentence2", "score")


def parse_columns(text: str | None) -> dict[str, Any] | None:
    """Return a suite's `columns` from `sentence1=A,sentence2=B,score=C`, from `A,B,C`, or from YAML in braces.

    A whole number is a column of a file without a header line; None if the option was not given. Raises UsageError.
    """
    if text is None:
        return None
    if text.lstrip().startswith("{"):
        return _mapping(text)
    parts = [part.strip() for part in text.split(",")]
    if all("=" in part for part in parts):
        return _by_name(parts)
    return _in_order(text, parts)


def _mapping(text: str) -> dict[str, Any]:
    import yaml

    from embedmark.errors import UsageError

    try:
        return dict(yaml.safe_load(text))
    except (yaml.YAMLError, TypeError, ValueError):
        hint = "as in a suite: --columns '{sentence1: a, sentence2: b, score: gold}'"
        raise UsageError(f"--columns {text!r} is not a mapping", hint=hint) from None


def _by_name(parts: list[str]) -> dict[str, Any]:
    from embedmark.errors import UsageError

    columns: dict[str, Any] = {}
    for part in parts:
        name, _equals, column = (piece.strip() for piece in part.partition("="))
        if not name or not column:
            raise UsageError(f"--columns {part!r} is not NAME=COLUMN", hint="--columns sentence1=A,sentence2=B,score=C")
        columns[name] = _column(column)
    return columns


def _in_order(text: str, parts: list[str]) -> dict[str, Any]:
    from embedmark.errors import UsageError

    if len(parts) != len(_PAIR) or not all(parts):
        named = f"{len(parts)} column{'' if len(parts) == 1 else 's'}"
        hint = (
            "--columns a,b,gold, or by name: --columns sentence1=a,sentence2=b,score=gold or query=a,passage=b; "
            "names with commas: --columns '{sentence1: \"a, b\", sentence2: c, score: d}'"
        )
        raise UsageError(f"--columns {text!r} names {named}, and three are needed", hint=hint)
    return {field: _column(part) for field, part in zip(_PAIR, parts, strict=True)}


def _column(text: str) -> str | int:
    return int(text) if text.isdecimal() else text
