"""What every part of a suite rests on: strict models, and labels that are safe in any table."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FORMULA = ("=", "+", "-", "@")


class Strict(BaseModel):
    """A mapping that takes no unknown key and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def check_label(text: str) -> str:
    """The label, if it may stand in a table. Raises ValueError."""
    if not text.strip():
        raise ValueError("a name may not be empty")
    if text != text.strip() or not text.isprintable():
        raise ValueError("a name may not hold control characters, or blanks at its ends")
    if text.startswith(_FORMULA):
        raise ValueError("a name may not begin with = + - @: a spreadsheet would run it as a formula")
    return text


class DataFile(Strict):
    """A data file of the user's own, whatever is in it."""

    path: str = Field(description="Relative to the suite file.")
    name: str | None = Field(None, description="The label in every table; default: the file's stem.")
    format: Literal["tsv", "csv", "jsonl"] | None = Field(None, description="Default: by the file's extension.")
    quoting: Literal["none", "minimal"] | None = Field(None, description="Default: none for TSV, minimal for CSV.")
    encoding: str = "utf-8"

    @property
    def label(self) -> str:
        return self.name or Path(self.path).stem

    @model_validator(mode="after")
    def _check_label(self) -> DataFile:
        try:
            check_label(self.label)
        except ValueError as error:
            raise ValueError(f"{error} (give this dataset a `name:`)") from None
        return self
