"""Wins and losses by query: what one ranking finds and another does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embedmark.derive.search.details import QueryDifference, RetrievalDetails
from embedmark.language import gettext as _
from embedmark.store.manifest.model import Manifest
from embedmark.store.texts import Texts

_CLIP = 300  # characters of a document that are shown


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One query: what it asks, the document that answers it, and where two rankings have it. None: text not kept."""

    query_id: str
    document_id: str
    query: str | None
    document: str | None
    ranks: str


@dataclass(frozen=True, slots=True)
class QueryList:
    """The queries that one ranking answers better than another."""

    winner: str
    loser: str
    rows: tuple[QueryRow, ...]


def query_lists(manifest: Manifest, details: Sequence[RetrievalDetails]) -> list[tuple[str, list[QueryList]]]:
    """Return the lists of each retrieval dataset, with its name; datasets without any are left out."""
    found = []
    for entry in details:
        texts = manifest.texts(entry.dataset, "query"), manifest.texts(entry.dataset, "document")
        pairs = dict.fromkeys((one.winner, one.loser) for one in entry.differences)
        lists = [
            QueryList(a, b, tuple(_row(one, texts) for one in entry.differences if (one.winner, one.loser) == (a, b)))
            for a, b in pairs
        ]
        if lists:
            found.append((entry.dataset, lists))
    return found


def _row(one: QueryDifference, texts: tuple[Texts, Texts]) -> QueryRow:
    queries, documents = texts
    query, _unused = queries.get(one.query_id, (None, ""))
    document, _unused = documents.get(one.document_id, (None, ""))
    ranks = f"{one.winner} {_rank(one.won_rank)}, {one.loser} {_rank(one.lost_rank)}"
    clipped = document if document is None or len(document) <= _CLIP else document[:_CLIP] + "…"
    return QueryRow(one.query_id, one.document_id, query, clipped, ranks)


def _rank(rank: int | None) -> str:
    return _("not found") if rank is None else _("rank {rank:,}", rank=rank)
