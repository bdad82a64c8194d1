"""From the parts of a retrieval dataset to the dataset: ids resolved, gaps counted, faults in one message."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

from embedmark.datasets.hashing import fingerprint_retrieval
from embedmark.datasets.model import RetrievalDataset
from embedmark.datasets.retrieval.forms import RetrievalFiles, read_parts
from embedmark.datasets.retrieval.parts import Judgement, Parts, Text, first_three
from embedmark.errors import DatasetError


def load_retrieval(
    files: RetrievalFiles, *, name: str, source: str, skip_unknown: bool = False, licence: str | None = None
) -> RetrievalDataset:
    """Read a retrieval dataset.

    Args:
        files: where it is.
        name: its label in every table.
        source: what the manifest says of where it came from.
        skip_unknown: leave out judgements of documents and queries that are not there, instead of an error.
        licence: where known.

    Raises:
        DatasetError: a file is missing or not what the suite says; an id twice; a judgment of a missing query or
            document; no query with a relevant document.
    """
    return build(read_parts(files), name=name, source=source, skip_unknown=skip_unknown, licence=licence)


def build(
    parts: Parts, *, name: str, source: str, skip_unknown: bool = False, licence: str | None = None
) -> RetrievalDataset:
    """Return the dataset of some parts. Raises DatasetError as load_retrieval()."""
    import numpy as np

    _check_unique(parts.queries, "query", "queries")
    _check_unique(parts.documents, "document", "documents")
    judged, notes = _known(parts, skip_unknown)
    judged = _once(judged)
    relevant = {judgement.query for judgement in judged if judgement.grade > 0}
    queries = [query for query in parts.queries if query.id in relevant]
    if not queries:
        raise DatasetError(
            "no query has a relevant document",
            where=str(parts.place),
            hint="a relevant document has a grade above 0; check that the ids of queries and judgments match",
        )
    asked = {query.id: i for i, query in enumerate(queries)}
    places = {document.id: i for i, document in enumerate(parts.documents)}
    kept = sorted((asked[j.query], places[j.document], j.grade) for j in judged if j.query in asked)
    rows = (tuple(q.id for q in queries), tuple(q.text for q in queries))
    texts = (tuple(d.id for d in parts.documents), tuple(d.text for d in parts.documents))
    _check_characters((*queries, *parts.documents))
    return RetrievalDataset(
        name=name,
        query_ids=rows[0],
        queries=rows[1],
        document_ids=texts[0],
        documents=texts[1],
        judged_queries=np.array([q for q, _, _ in kept], dtype=np.int64),
        judged_documents=np.array([d for _, d, _ in kept], dtype=np.int64),
        grades=np.array([grade for _, _, grade in kept], dtype=np.float64),
        sha256=fingerprint_retrieval(rows, texts, kept),
        source=source,
        file_sha256=_digest(parts.sha256),
        licence=licence,
        notes=(*parts.notes, *notes, *_notes(parts, queries)),
    )


def _check_unique(texts: Sequence[Text], what: str, many: str) -> None:
    seen: dict[str, Text] = {}
    again = [text for text in texts if seen.setdefault(text.id, text) is not text]
    if again:
        ids = list(dict.fromkeys(text.id for text in again))
        count = f"{len(ids):,} ids of {many} are" if len(ids) > 1 else f"the id of a {what} is"
        raise DatasetError(
            f"{count} listed twice: {first_three(ids)}",
            where=again[0].where,
            hint="keep one line for each id, or give them different ids",
        )


def _known(parts: Parts, skip: bool) -> tuple[list[Judgement], list[str]]:
    """Return the judgements whose query and document are there, and what is said of the others."""
    queries, documents = {query.id for query in parts.queries}, {document.id for document in parts.documents}
    no_query = [j for j in parts.judgements if j.query not in queries]
    no_document = [j for j in parts.judgements if j.query in queries and j.document not in documents]
    kept = [j for j in parts.judgements if j.query in queries and j.document in documents]
    notes = []
    for lost, what in ((no_document, "document"), (no_query, "query")):
        if not lost:
            continue
        ids = dict.fromkeys(j.document if what == "document" else j.query for j in lost)
        named = f"{len(lost):,} judgments name a {what} that does not exist: {first_three(ids)}"
        if len(lost) == 1:
            named = f"a judgment names a {what} that does not exist: {first_three(ids)}"
        if not skip:
            raise DatasetError(
                named,
                where=lost[0].where,
                hint=_same_but_for_zeros(ids, documents if what == "document" else queries)
                or f"add the {'documents' if what == 'document' else 'queries'}, or leave these judgments out: "
                "`unknown_ids: skip`",
            )
        notes.append(f"{named}; left out")
    return kept, notes


def _same_but_for_zeros(lost: Iterable[str], known: Iterable[str]) -> str:
    """Return what to do if the ids are those of the other file without zeros in front; "" if they are not."""
    bare = {id_.lstrip("0"): id_ for id_ in known}
    pair = next(((id_, bare[id_.lstrip("0")]) for id_ in lost if id_.lstrip("0") in bare), None)
    return f"the other file writes {pair[0]!r} as {pair[1]!r}: give ids the same zeros in front" if pair else ""


def _once(judged: Sequence[Judgement]) -> list[Judgement]:
    found: dict[tuple[str, str], Judgement] = {}
    for judgement in judged:
        first = found.setdefault((judgement.query, judgement.document), judgement)
        if first.grade != judgement.grade:
            raise DatasetError(
                f"query {judgement.query!r} and document {judgement.document!r} have two grades: "
                f"{first.grade:g} and {judgement.grade:g}",
                where=judgement.where,
                hint="keep one line for each query and document",
            )
    return list(found.values())


def _check_characters(texts: Sequence[Text]) -> None:
    for text in texts:
        try:
            (text.id + text.text).encode("utf-8")
        except UnicodeEncodeError:
            raise DatasetError(
                "a text contains half of a surrogate pair, which is not a character",
                where=text.where,
                hint="write the character itself, or both halves, such as \\ud83d\\ude00",
            ) from None


def _digest(sha256: Sequence[str]) -> str:
    """Return the hash of one file, or the hash of several files' hashes."""
    if len(sha256) == 1:
        return sha256[0]
    return hashlib.sha256("\n".join(sha256).encode("ascii")).hexdigest()


def _notes(parts: Parts, queries: Sequence[Text]) -> list[str]:
    notes = []
    without = len(parts.queries) - len(queries)
    if without:
        n = len(parts.queries)
        notes.append(f"{without:,} of {n:,} queries have no relevant document; they are left out")
    for texts, what, became in (
        (parts.documents, "documents", "they are indexed as they are"),
        (queries, "queries", "they are kept"),
    ):
        blank = sum(not text.text.strip() for text in texts)
        if blank:
            notes.append(f"{blank:,} of {len(texts):,} {what} are empty; {became}")
        composed = sum(not unicodedata.is_normalized("NFC", text.text) for text in texts)
        if composed:
            notes.append(
                f"{composed:,} of {len(texts):,} {what} have decomposed Unicode (NFD, as macOS writes it): add "
                "`normalize: nfc`"
            )
    return notes
