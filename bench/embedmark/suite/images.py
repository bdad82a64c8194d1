"""Datasets with images, as a suite names them: captions, graded pairs, and a little matrix written out in the suite."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from embedmark.suite.strict import DataFile, Strict, check_label

MAX_CELLS = 10_000  # of a matrix: each is a row of scores.csv


class CaptionColumnsSpec(Strict):
    """Which columns of a caption file hold what. Numbers count from 1 and mean that the file has no header line."""

    image: str | PositiveInt = "image"
    caption: str | PositiveInt = "caption"


class GradedColumnsSpec(Strict):
    """Which columns of a file of graded image-text pairs hold what; numbers as above."""

    image: str | PositiveInt = "image"
    text: str | PositiveInt = "text"
    score: str | PositiveInt = "score"


class _ImageFile(DataFile):
    folder: str | None = Field(None, description="Where the images are; default: where the data file is.")


class CaptionsDataset(_ImageFile):
    """Images and captions that belong to them, several an image if you like: recall at 1, 5 and 10 both ways."""

    kind: Literal["captions"]
    columns: CaptionColumnsSpec = Field(default_factory=CaptionColumnsSpec)


class GradedDataset(_ImageFile):
    """Pairs of an image and a text with a score of how well they match: Spearman and Pearson, as for STS."""

    kind: Literal["graded"]
    columns: GradedColumnsSpec = Field(default_factory=GradedColumnsSpec)


class MatrixDataset(Strict):
    """A few images and a few texts: the similarity of each with each."""

    kind: Literal["matrix"] = "matrix"
    name: str = Field(description="The label in every table.")
    images: Annotated[list[str], Field(min_length=1, description="Image files, relative to the suite file.")]
    texts: Annotated[list[str], Field(min_length=1)]
    expected: list[list[float]] | None = Field(None, description="Similarities to compare with, a list an image.")

    _name = field_validator("name")(check_label)

    @property
    def label(self) -> str:
        return self.name

    @model_validator(mode="after")
    def _check(self) -> MatrixDataset:
        for what, values in (("image", self.images), ("text", self.texts)):
            twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
            if twice is not None:
                raise ValueError(f"the {what} {twice!r} is there twice")
        shape = {len(row) for row in self.expected or []}
        if self.expected is not None and (len(self.expected) != len(self.images) or shape != {len(self.texts)}):
            raise ValueError("expected must have a list for every image, with a number for every text")
        if len(self.images) * len(self.texts) > MAX_CELLS:
            raise ValueError(f"a matrix has at most {MAX_CELLS:,} cells; for more, use `kind: captions`")
        return self


ImagesSpec = CaptionsDataset | GradedDataset | MatrixDataset
