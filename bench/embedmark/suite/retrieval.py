"""Retrieval in a suite: where queries, documents and judgements are, and what is measured on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    field_validator,
    model_validator,
)

from embedmark.store.labels import STANDARD_K, fusion_label, two_stage_label
from embedmark.suite.strict import EACH, ONE, Scalar, Strict, SuggestedError, Values, check_label

_File = Literal["queries", "corpus", "qrels"]
_Format = Literal["tsv", "csv", "jsonl", "json", "parquet", "arrow", "excel"]
_Quoting = Literal["none", "minimal", "spaced", "single", "curly"]
_T = TypeVar("_T")


def _is_each(value: object) -> str:
    return EACH if isinstance(value, dict) else ONE


# One value for all files of the entry, or a mapping with one for each.
_PerFile = Annotated[Annotated[_T, Tag(ONE)] | Annotated[dict[_File, _T], Tag(EACH)], Discriminator(_is_each)]
_Character = Annotated[str, Field(min_length=1, max_length=1)]


class RetrievalColumnsSpec(Strict):
    """Which columns hold what, where they do not have one of the usual names."""

    query: str | None = Field(None, description="A query's text.")
    query_id: str | None = Field(None, description="A query's id.")
    passage: str | None = Field(None, description="One table: a passage that answers the query.")
    negatives: str | None = Field(None, description="One table: passages that only look as if they answered.")
    text: str | None = Field(None, description="A document's text.")
    title: str | None = Field(None, description="A document's title, which is put before its text.")
    document_id: str | None = Field(None, description="A document's id.")
    relevant: str | None = Field(None, description="In the queries: a list of ids of relevant documents.")
    grade: str | None = Field(None, description="One table: how well the passage answers.")


class RetrievalData(Strict):
    """Queries, documents, and which document answers which query: nDCG, recall and MRR."""

    kind: Literal["retrieval"]
    name: str | None = Field(None, description="The label in every table; default: the stem of folder or file.")
    path: str | None = Field(None, description="One table of queries and passages, or a BEIR folder.")
    queries: str | None = Field(None, description="A file of queries.")
    corpus: str | None = Field(None, description="A file of documents.")
    qrels: str | None = Field(None, description="A file of judgments, as BEIR or TREC writes them.")
    split: str | None = Field(None, description="BEIR folder: which qrels; default: test, or the only one.")
    columns: RetrievalColumnsSpec = Field(default_factory=lambda: RetrievalColumnsSpec.model_validate({}))
    format: _PerFile[_Format] | None = Field(None, description="Default: by each file's ending.")
    encoding: _PerFile[str] = "utf-8"
    delimiter: _PerFile[_Character] | None = Field(None, description="Between two cells; default: what the lines show.")
    quoting: _PerFile[_Quoting] | None = Field(None, description="Default: none for TSV, minimal for CSV.")
    escape: _PerFile[Literal["backslash"]] | None = Field(
        None, description="A backslash makes the next character text."
    )
    skip_lines: _PerFile[NonNegativeInt] = Field(0, description="Lines before the table.")
    sheet: _PerFile[str | PositiveInt] | None = Field(
        None, description="Excel: a sheet's name, or its number from 1; or one for each of queries, corpus and qrels."
    )
    where: dict[str, Values] | None = Field(
        None, description="The values of each column whose rows count, in the files that have it."
    )
    labels: dict[Scalar, float | int] | None = Field(None, description="The grade of each word.")
    normalize: Literal["nfc", "nfkc"] | None = Field(None, description="The Unicode form that texts are brought to.")
    unknown_ids: Literal["error", "skip"] = Field(
        "error", description="What to do with judgments of missing documents or queries."
    )

    @property
    def label(self) -> str:
        """The dataset's name in every table."""
        return self.name or Path(self.path or self.qrels or self.queries or "retrieval").stem

    @model_validator(mode="after")
    def _one_form(self) -> RetrievalData:
        files = [name for name in ("queries", "corpus", "qrels") if getattr(self, name) is not None]
        if self.path is not None and files:
            raise ValueError(f"`path` is one table or a BEIR folder, and does not go with `{files[0]}`")
        if self.path is None and (self.queries is None or self.corpus is None):
            raise ValueError("a retrieval dataset has `path`, or `queries` and `corpus` with `qrels`")
        if self.split is not None and self.path is None:
            raise ValueError("`split` chooses among the qrels of a BEIR folder: name the folder as `path`")
        try:
            check_label(self.label)
        except ValueError as error:
            raise ValueError(f"{error} (give this dataset a `name:`)") from None
        return self


class FusionSpec(Strict):
    """Reciprocal rank fusion of several providers (Cormack, Clarke and Buettcher, SIGIR 2009)."""

    of: list[str] = Field(min_length=2, description="Providers by name.")
    weights: list[PositiveFloat] | None = Field(None, description="One for each provider; default: all the same.")
    k: PositiveFloat = Field(STANDARD_K, description="Added to each rank: the larger, the less the first places count.")

    @property
    def label(self) -> str:
        """The fusion's name in every table, such as `rrf(minilm,bm25)`."""
        return fusion_label(self.of, self.weights, self.k)

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return {"of": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _check(self) -> FusionSpec:
        if len(set(self.of)) < len(self.of):
            raise ValueError("a fusion names a provider twice; use `weights` to give one more weight")
        if self.weights is not None and len(self.weights) != len(self.of):
            raise ValueError(f"there are {len(self.weights)} weights for {len(self.of)} providers")
        return self


class RetrievalSpec(Strict):
    """Search over the documents of every retrieval dataset, and what it costs."""

    k: list[PositiveInt] = Field(
        [1, 5, 10, 100], min_length=1, description="Depths of the metrics; 10 is always included."
    )
    fusion: list[FusionSpec] = Field(
        default_factory=list, description="[a, b], or {of: [a, b], weights: [0.3, 0.7]}: a row each."
    )
    rerank: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list, description="[first stage, cross-encoder] by name: a row each."
    )
    candidates: PositiveInt = Field(100, description="Rerank: documents that the first stage passes on, a query.")
    batch_size: PositiveInt = 32
    depth: PositiveInt | None = Field(
        None, description="Documents requested from a ranker for each query; default: all, up to 10,000."
    )

    @field_validator("k")
    @classmethod
    def _rising(cls, k: list[int]) -> list[int]:
        if sorted(set(k)) != k:
            raise SuggestedError("k must be in increasing order, each depth once", sorted(set(k)))
        return k

    @model_validator(mode="after")
    def _unique(self) -> RetrievalSpec:
        labels = [fusion.label for fusion in self.fusion] + [two_stage_label(*pair) for pair in self.rerank]
        twice = next((label for i, label in enumerate(labels) if label in labels[:i]), None)
        if twice is not None:
            raise ValueError(f"{twice} is listed twice")
        return self

    def names(self) -> set[str]:
        """Return every provider that a fusion or a reranking names; a fusion as a first stage is not one."""
        labels = {fusion.label for fusion in self.fusion}
        return {name for fusion in self.fusion for name in fusion.of} | {
            name for pair in self.rerank for name in pair if name not in labels
        }

    def only(self, names: Sequence[str]) -> RetrievalSpec:
        """Return the same with the fusions and rerankings that need no other provider than `names`."""
        fusion = [one for one in self.fusion if set(one.of) <= set(names)]
        known = {*names, *(one.label for one in fusion)}
        rerank = [pair for pair in self.rerank if set(pair) <= known]
        return self.model_copy(update={"fusion": fusion, "rerank": rerank})
