"""What any form of a retrieval dataset comes to: queries, documents, and judgements that name them by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from embedmark.errors import DatasetError


class ContentError(DatasetError):
    """A cell that holds another kind of value than its column should."""


class Text(NamedTuple):
    """A query or a document with its id, and where it is written."""

    id: str
    text: str
    where: str


class Judgement(NamedTuple):
    """How well a document answers a query; 0 and less is not at all."""

    query: str
    document: str
    grade: float
    where: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A retrieval dataset as its files have it.

    Attributes:
        queries, documents, judgements: in the order of the files.
        place: the file or folder, for messages about all of it.
        sha256: hex digests of the files' bytes.
        notes: what was read in another way than one might expect.
    """

    queries: Sequence[Text]
    documents: Sequence[Text]
    judgements: Sequence[Judgement]
    place: Path
    sha256: Sequence[str]
    notes: tuple[str, ...] = field(default=())


def checked_text(value: Any, where: str, what: str) -> str:
    """Return a text as it is; an empty cell is the empty text. Raises DatasetError for another type."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise ContentError(f"the {what} is {value!r}, not a text", where=where, hint="write it as a string")


def id_of(value: Any, where: str, what: str) -> str:
    """Return an id as text. Raises DatasetError if it is empty or not an id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ContentError(f"the id of a {what} is {value!r}", where=where, hint="give each a different id")
    return str(value)


def first_three(names: Iterable[str]) -> str:
    """Return the first three names, and how many more there are.

    Example:
        >>> first_three(["a", "b", "c", "d"])
        "'a', 'b', 'c' and 1 more"
    """
    listed = list(names)
    shown = ", ".join(map(repr, listed[:3]))
    return shown + (f" and {len(listed) - 3:,} more" if len(listed) > 3 else "")
