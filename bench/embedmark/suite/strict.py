"""What every part of a suite rests on: strict models, and labels that are safe in any table."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Scalar = bool | int | float | str
Values = Scalar | Annotated[list[Scalar], Field(min_length=1)]
# Branches of a key that takes one value, or one for each file; never shown.
ONE, EACH = "<one>", "<each>"
_LONGEST_LABEL = 200
_FORMULA = ("=", "+", "-", "@")


class SuggestedError(ValueError):
    """A value that is wrong, with what may be written in its place.

    Attributes:
        values: the first that the suite takes is proposed.
        below: keys that lead from where it was found to where it is.
        hint: what to do, where no value is known.
    """

    def __init__(self, message: str, *values: object, below: tuple[str | int, ...] = (), hint: str | None = None):
        super().__init__(message)
        self.values = values
        self.below = below
        self.hint = hint


class Strict(BaseModel):
    """A mapping that takes no unknown key and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


def check_label(text: str) -> str:
    """Return the label if it is allowed in a table. Raises ValueError."""
    if not text.strip():
        raise ValueError("a name may not be empty")
    if text != text.strip() or not text.isprintable():
        raise ValueError("a name may not hold control characters, or blanks at its ends")
    if len(text) > _LONGEST_LABEL:
        raise ValueError(f"a name may have at most {_LONGEST_LABEL} characters, and this one has {len(text):,}")
    if text.startswith(_FORMULA):
        raise ValueError("a name may not begin with = + - @: a spreadsheet would run it as a formula")
    return text
