"""Which columns of a data file hold what, as a suite names them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NoReturn

from embedmark.errors import DatasetError

Column = str | int  # a name in the header line (or a key of each object), or a number counted from 1


class _Named:
    """Columns of a file, one a dataclass field.

    Names are looked up in the header line (in JSON: the keys of each object). Numbers count columns from 1
    and say that the file has no header line.

    Raises:
        DatasetError: numbers mixed with names, a number below 1, one column named twice, an empty name.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for field, value in self._given():
            if isinstance(value, bool) or not isinstance(value, str | int):
                _refuse(f"column {field} is {value!r}", "give a header name, or a number counted from 1")
            if isinstance(value, int) and value < 1:
                _refuse(f"column {field} is {value}, but columns are counted from 1", "the first column is 1")
            if value == "":
                _refuse(f"column {field} has an empty name", "give a header name, or a number counted from 1")
        if len({isinstance(value, int) for value in self.all}) > 1:
            _refuse(
                f"columns mixes names and numbers: {self}",
                "give names for a file with a header line, numbers for one without",
            )
        if len(set(self.all)) < len(self.all):
            _refuse(f"columns names one column twice: {self}", self._hint_twice())

    def __str__(self) -> str:
        return "{" + ", ".join(f"{field}: {value}" for field, value in self._given()) + "}"

    def _given(self) -> list[tuple[str, Column]]:
        return list(zip(self.fields, self.all, strict=True))

    def _hint_twice(self) -> str:
        names = self.fields
        return f"{', '.join(names[:-1])} and {names[-1]} are {_COUNTS[len(names)]} columns"

    @property
    def fields(self) -> tuple[str, ...]:
        """What a suite calls them, in the order of `all`."""
        return tuple(field.name for field in fields(self))  # type: ignore[arg-type]  # every subclass is a dataclass

    @property
    def all(self) -> tuple[Column, ...]:
        """The two texts (or the image and its text), then the scores if there are any."""
        return tuple(getattr(self, name) for name in self.fields)

    @property
    def texts(self) -> tuple[Column, ...]:
        """The columns of the two texts, or of the image and its text."""
        return self.all[:2]

    @property
    def scores(self) -> tuple[Column, ...]:
        """The columns whose mean is the score; none where the file has no score."""
        return self.all[2:]

    @property
    def numbered(self) -> bool:
        """Return True if the columns are numbers, and so the file has no header line."""
        return isinstance(self.all[0], int)

    def example(self, value: str = "...") -> str:
        """Return how a suite names them all, for hints."""
        return "columns: {" + ", ".join(f"{field}: {value}" for field in self.fields) + "}"


@dataclass(frozen=True, slots=True)
class Columns(_Named):
    """Where a file keeps its two sentences and their gold score.

    Attributes:
        sentence1, sentence2: a column each.
        score: one column, or several whose mean is the score; () if the scores are in a file of their own.
        text: the column that holds both sentences; it replaces sentence1 and sentence2.
        separator: the text between the two sentences in `text`.
    """

    sentence1: Column = "sentence1"
    sentence2: Column = "sentence2"
    score: Column | tuple[Column, ...] = "score"
    text: Column | None = None
    separator: str | None = None

    def __post_init__(self) -> None:
        if self.separator is not None and self.text is None:
            _refuse("columns has a separator and no text", 'name the column: `columns: {text: NAME, separator: "\\n"}`')
        if self.separator == "":
            _refuse("the separator is empty", 'write the text between the sentences, such as `separator: "\\n"`')
        super(Columns, self).__post_init__()

    @property
    def fields(self) -> tuple[str, ...]:
        texts = ("sentence1", "sentence2") if self.text is None else ("text",)
        return (*texts, *("score" for _ in self.scores))

    @property
    def texts(self) -> tuple[Column, ...]:
        return (self.sentence1, self.sentence2) if self.text is None else (self.text,)

    @property
    def scores(self) -> tuple[Column, ...]:
        return tuple(self.score) if isinstance(self.score, tuple | list) else (self.score,)

    @property
    def all(self) -> tuple[Column, ...]:
        return (*self.texts, *self.scores)

    def _hint_twice(self) -> str:
        if self.text is None and self.sentence1 == self.sentence2:
            return (
                "sentence1, sentence2 and score are three columns; if one cell holds both sentences: "
                f'`columns: {{text: {self.sentence1}, separator: "\\n", score: {self._score_text()}}}`'
            )
        return "sentence1, sentence2 and score are three columns"

    def _score_text(self) -> str:
        names = ", ".join(map(str, self.scores))
        return names if len(self.scores) == 1 else f"[{names}]"


@dataclass(frozen=True, slots=True)
class CaptionColumns(_Named):
    """Where a file keeps an image's name and its caption."""

    image: Column = "image"
    caption: Column = "caption"


@dataclass(frozen=True, slots=True)
class GradedColumns(_Named):
    """Where a file keeps an image's name, a text, and how well they match."""

    image: Column = "image"
    text: Column = "text"
    score: Column = "score"


AnyColumns = Columns | CaptionColumns | GradedColumns
_COUNTS = {2: "two", 3: "three"}


def _refuse(message: str, hint: str) -> NoReturn:
    raise DatasetError(message, hint=hint)
