"""Datasets as a suite names them: catalogue names, data files, images."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveInt,
    Tag,
    field_validator,
    model_validator,
)

from embedmark.files import label_of
from embedmark.suite.retrieval import RetrievalData
from embedmark.suite.strict import Scalar, Strict, Values, check_label

PathSpec = str | Annotated[list[str], Field(min_length=1)]


class DataFile(Strict):
    """A data file of the user's own, whatever is in it."""

    path: PathSpec = Field(description="A file, a list of files, or a glob, relative to the suite file.")
    name: str | None = Field(None, description="The label in every table; default: the file's stem.")
    format: Literal["tsv", "csv", "jsonl", "json", "parquet", "arrow", "excel"] | None = Field(
        None, description="Default: by the file's bytes and its extension."
    )
    quoting: Literal["none", "minimal", "spaced", "single", "curly"] | None = Field(
        None, description="Default: none for TSV, minimal for CSV."
    )
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="Between two cells; default: what the lines show."
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="The character before the decimals of a score; default: a point."
    )
    escape: Literal["backslash"] | None = Field(None, description="A backslash makes the next character text.")
    header: bool | None = Field(None, description="True: a header line is there although columns are numbers.")
    skip_lines: NonNegativeInt = Field(0, description="Lines before the table.")
    sheet: str | PositiveInt | None = Field(None, description="Excel: a sheet's name, or its number from 1.")
    where: dict[str | PositiveInt, Values] | None = Field(
        None, description="The values of each column whose rows count."
    )
    labels: dict[Scalar, float | int] | None = Field(None, description="The score of each word.")
    missing_score: Literal["error", "skip"] = Field("error", description="What becomes of a row without a score.")
    on_bad_row: Literal["error", "skip"] = Field("error", description="What becomes of a row that cannot be read.")
    normalize: Literal["nfc", "nfkc"] | None = Field(None, description="The Unicode form that texts are brought to.")

    @property
    def label(self) -> str:
        return self.name or label_of(self.path)

    @model_validator(mode="after")
    def _check_label(self) -> DataFile:
        try:
            check_label(self.label)
        except ValueError as error:
            raise ValueError(f"{error} (give this dataset a `name:`)") from None
        return self


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
                raise ValueError(f"the {what} {twice!r} is listed twice")
        shape = {len(row) for row in self.expected or []}
        if self.expected is not None and (len(self.expected) != len(self.images) or shape != {len(self.texts)}):
            raise ValueError("expected must have a list for every image, with a number for every text")
        if len(self.images) * len(self.texts) > MAX_CELLS:
            raise ValueError(f"a matrix has at most {MAX_CELLS:,} cells; for more, use `kind: captions`")
        return self


ImagesSpec = CaptionsDataset | GradedDataset | MatrixDataset


class ColumnsSpec(Strict):
    """Which columns of a data file hold what. Numbers count from 1 and mean that the file has no header line."""

    sentence1: str | PositiveInt = "sentence1"
    sentence2: str | PositiveInt = "sentence2"
    score: str | PositiveInt | Annotated[list[str | PositiveInt], Field(min_length=1)] = "score"
    text: str | PositiveInt | None = Field(default=None, description="The column that holds both sentences.")
    separator: str | None = Field(default=None, description="The text between the two sentences in `text`.")


class FileDataset(DataFile):
    """Data files of the user's own, with sentence pairs."""

    columns: ColumnsSpec = Field(default_factory=ColumnsSpec)
    by: list[str | PositiveInt] | None = Field(
        None, min_length=1, description="Columns by whose values results are sliced; `length` is that of the texts."
    )
    golds: dict[str, Any] | None = Field(
        None, description="Several golds of the same pairs, name: column; each is a dataset, and texts are read once."
    )
    roles: dict[Literal["sentence1", "sentence2"], Literal["query", "document"]] | None = Field(
        None, min_length=1, description="Which column holds queries, for models that encode them in another way."
    )
    scores: PathSpec | None = Field(None, description="Files of scores, line by line, one for each of `path`.")

    @model_validator(mode="after")
    def _one_gold(self) -> FileDataset:
        if self.golds is not None:
            raise ValueError("golds is name: column, without `score` in `columns`, such as golds: {sim: a, same: b}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _without_a_header(cls, value: Any) -> Any:
        # SemEval's files: two columns and no header line, the scores beside them.
        if isinstance(value, dict) and value.get("scores") and "columns" not in value:
            return {**value, "columns": {"sentence1": 1, "sentence2": 2}}
        return value


class NamedDataset(Strict):
    """A dataset of the catalogue, with slices."""

    name: str = Field(description="What the catalog calls it.")
    by: list[str | PositiveInt] | None = Field(None, min_length=1, description="As for a data file.")

    @property
    def label(self) -> str:
        return self.name


def expand_golds(entries: list[Any]) -> list[Any]:
    """Return the entries with one for each of an entry's `golds`, named ENTRY/GOLD; further ones stand at the end."""
    first: list[Any] = []
    further: list[Any] = []
    for entry in entries:
        golds = entry.get("golds") if isinstance(entry, dict) else None
        if not isinstance(golds, dict) or not golds or "path" not in entry or "score" in (entry.get("columns") or {}):
            first.append(entry)
            continue
        label = str(entry.get("name") or label_of(entry["path"]))
        rest = {key: value for key, value in entry.items() if key != "golds"}
        made = [
            {**rest, "name": f"{label}/{gold}", "columns": {**(entry.get("columns") or {}), "score": column}}
            for gold, column in golds.items()
        ]
        first.append(made[0])
        further += made[1:]
    return first + further


def _dataset_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "catalogue"
    if isinstance(value, dict):
        named = "name" in value and not value.keys() - {"name", "by"}
        return str(value.get("kind") or ("matrix" if "images" in value else "named" if named else "file"))
    if isinstance(value, NamedDataset):
        return "named"
    return "file" if isinstance(value, FileDataset) else getattr(value, "kind", None)


DatasetSpec = Annotated[
    Annotated[str, Tag("catalogue")]
    | Annotated[NamedDataset, Tag("named")]
    | Annotated[FileDataset, Tag("file")]
    | Annotated[CaptionsDataset, Tag("captions")]
    | Annotated[GradedDataset, Tag("graded")]
    | Annotated[MatrixDataset, Tag("matrix")]
    | Annotated[RetrievalData, Tag("retrieval")],
    Discriminator(
        _dataset_tag,
        custom_error_type="dataset",
        custom_error_message="a dataset is a name of the catalog, or a mapping with `path`, and with `kind` captions, "
        "graded or matrix if it has images, or `kind: retrieval` with queries and documents",
    ),
]


def dataset_label(spec: str | NamedDataset | FileDataset | ImagesSpec | RetrievalData) -> str:
    """Return the dataset's name in every table."""
    return spec if isinstance(spec, str) else spec.label
