"""Facts on a provider that nothing here measures: each has its source, and the day on which it was read."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator, model_validator

from embedmark.suite.strict import Strict, SuggestedError

_LONGEST = 200


class FactSpec(Strict):
    """What a contract or a page of documentation says of a provider; shown in the report with its source."""

    fine_tuning: str | None = Field(
        None, max_length=_LONGEST, description="Whether the model can be trained on your data."
    )
    data: str | None = Field(None, max_length=_LONGEST, description="What becomes of the texts that are sent.")
    deprecated_on: str | None = Field(None, description="The day from which it is not offered: YYYY-MM-DD.")
    source: str = Field(min_length=1, max_length=_LONGEST, description="Where these facts are from.")
    as_of: str = Field(description="The day on which they were read there: YYYY-MM-DD.")

    @field_validator("deprecated_on", "as_of")
    @classmethod
    def _a_day(cls, text: str | None) -> str | None:
        return None if text is None else check_day(text)

    @model_validator(mode="after")
    def _says_something(self) -> FactSpec:
        if self.fine_tuning is None and self.data is None and self.deprecated_on is None:
            raise SuggestedError(
                "give one of fine_tuning, data and deprecated_on", hint="add `fine_tuning: not offered`"
            )
        return self


def check_day(text: str) -> str:
    """Return the text, if it is a day as ISO writes it. Raises ValueError."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise SuggestedError(f"{text!r} is not a day, such as 2026-11-30", "2026-11-30") from None
    return text
