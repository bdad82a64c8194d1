"""Compression in a suite: which shorter and coarser vectors are scored, from the vectors of one encode."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, PositiveInt, field_validator

from embedmark.suite.strict import Strict, SuggestedError

Precision = Literal["float32", "float16", "int8", "binary", "binary+rescore"]
PRECISIONS: Final[tuple[Precision, ...]] = ("float32", "float16", "int8", "binary", "binary+rescore")


class CompressionSpec(Strict):
    """Quality per byte: each dimension with each precision. Nothing is encoded again."""

    dims: list[PositiveInt] | None = Field(
        None,
        min_length=1,
        description="How many of a vector's first numbers are kept; default: all, half and a quarter.",
    )
    precisions: list[Precision] = Field(list(PRECISIONS), min_length=1)

    @field_validator("dims")
    @classmethod
    def _different(cls, dims: list[int] | None) -> list[int] | None:
        if dims is not None and len(set(dims)) < len(dims):
            raise SuggestedError("dims names a dimension twice", list(dict.fromkeys(dims)))
        return dims

    @field_validator("precisions")
    @classmethod
    def _once(cls, precisions: list[Precision]) -> list[Precision]:
        if len(set(precisions)) < len(precisions):
            raise SuggestedError("precisions names one twice", list(dict.fromkeys(precisions)))
        return precisions
