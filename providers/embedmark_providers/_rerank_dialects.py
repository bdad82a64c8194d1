"""How services word a rerank request and its reply: Cohere, Voyage, Jina, TEI, vLLM and NVIDIA."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.errors import BadResponseError

Body = Callable[[str, str, Sequence[str]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to ask for scores of a query with several documents.

    Attributes:
        base_url: where the service is, or a server of one's own by default.
        path: what is appended to it.
        key_env: the environment variable that holds the key; None for a server without keys.
        body: the request, of model, query and documents.
        rows: the key of the reply's list; "" if the reply is the list.
        score: the key of a row's score.
        documents: documents in one request, at most.
        bills_searches: True if the reply counts search units.
        source: where this is documented; all read on 2026-11-29.
    """

    base_url: str
    path: str
    key_env: str | None
    body: Body
    rows: str
    score: str
    documents: int
    source: str
    bills_searches: bool = False


def _cohere(model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return {"model": model, "query": query, "documents": list(documents), "top_n": len(documents)}


def _voyage(model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return {"model": model, "query": query, "documents": list(documents), "return_documents": False}


def _jina(model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return _voyage(model, query, documents) | {"top_n": len(documents)}


def _tei(_model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return {"query": query, "texts": list(documents)}


def _vllm(model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return {"model": model, "text_1": query, "text_2": list(documents)}


def _nvidia(model: str, query: str, documents: Sequence[str]) -> dict[str, Any]:
    return {"model": model, "query": {"text": query}, "passages": [{"text": text} for text in documents]}


# A search of Cohere's is a query with up to 100 documents (cohere.com/pricing); TEI takes 32 inputs by default.
DIALECTS: Mapping[str, Dialect] = {
    "cohere": Dialect(
        "https://api.cohere.com", "/v2/rerank", "COHERE_API_KEY", _cohere, "results", "relevance_score", 100,
        "https://docs.cohere.com/reference/rerank", bills_searches=True,
    ),
    "voyage": Dialect(
        "https://api.voyageai.com/v1", "/rerank", "VOYAGE_API_KEY", _voyage, "data", "relevance_score", 100,
        "https://docs.voyageai.com/reference/reranker-api",
    ),
    "jina": Dialect(
        "https://api.jina.ai/v1", "/rerank", "JINA_API_KEY", _jina, "results", "relevance_score", 100,
        "https://api.jina.ai/openapi.json",
    ),
    "tei": Dialect(
        "http://localhost:8080", "/rerank", None, _tei, "", "score", 32,
        "https://huggingface.github.io/text-embeddings-inference",
    ),
    "vllm": Dialect(
        "http://localhost:8000", "/score", None, _vllm, "data", "score", 100,
        "https://docs.vllm.ai/en/latest/models/pooling_models/scoring",
    ),
    "nvidia": Dialect(
        "http://localhost:8000/v1", "/ranking", None, _nvidia, "rankings", "logit", 100,
        "https://docs.nvidia.com/nim/nemo-retriever/text-reranking/latest/using-reranking.html",
    ),
}  # fmt: skip


def scores_in(content: Any, dialect: Dialect, n: int) -> list[float]:
    """Return the scores of a reply to `n` documents, in their order. Raises BadResponseError."""
    rows = rows_in(content, dialect)
    if rows is None or not all(isinstance(row, dict) for row in rows):
        raise BadResponseError(f"the reply has no list {dialect.rows or 'of scores'!r}", hint=_dialect_of(content))
    places = [row.get("index") for row in rows]
    if rows and all(place is None for place in places):
        raise BadResponseError("the rows of the reply have no `index`: whose score is which is not known")
    if sorted(i for i in places if type(i) is int) != list(range(n)) or len(places) != n:
        fewer = f"options: {{documents_per_search: {len(rows)}}}" if 0 < len(rows) < n else None
        raise BadResponseError(
            f"the reply holds {len(rows)} scores for {n} documents, or not one for each index", hint=fewer
        )
    if not any(dialect.score in row for row in rows):
        keys = ", ".join(f"`{str(key)[:30]}`" for key in list(rows[0])[:5])
        raise BadResponseError(f"the rows have no `{dialect.score}`, but {keys}", hint=_dialect_of(content))
    scores = [0.0] * n
    for row in rows:
        scores[row["index"]] = _number(row.get(dialect.score), row["index"])
    return scores


def rows_in(content: Any, dialect: Dialect) -> list[Any] | None:
    """Return the rows of a reply; None if it has no list of them."""
    rows = content
    if dialect.rows:
        rows = content.get(dialect.rows) if isinstance(content, dict) else None
    return rows if isinstance(rows, list) else None


def _dialect_of(content: Any) -> str | None:
    """Return the option for the first dialect whose replies look like this one; None if there is none."""
    for name, dialect in DIALECTS.items():
        rows = rows_in(content, dialect)
        if rows and all(isinstance(row, dict) and dialect.score in row for row in rows):
            return f"options: {{dialect: {name}}}"
    return None


def searches_in(content: Any, dialect: Dialect) -> int | None:
    """Return the search units that a reply bills; None if it does not say."""
    meta = content.get("meta") if isinstance(content, dict) else None
    billed = meta.get("billed_units") if isinstance(meta, dict) else None
    units = billed.get("search_units") if isinstance(billed, dict) else None
    good = isinstance(units, int | float) and not isinstance(units, bool) and 0 <= units < 10**9
    return round(units) if dialect.bills_searches and good and units is not None else None


def _number(value: Any, place: int) -> float:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):  # a text may be to blame
        raise BadResponseError(f"the score of document {place} is {value!r}", splittable=True, names_cause=True)
    if type(value) not in (int, float):
        raise BadResponseError(f"the score of document {place} is {repr(value)[:40]}, which is not a number")
    try:
        return float(value)
    except OverflowError:
        raise BadResponseError(f"the score of document {place} is too large for a number") from None
