"""What a retrieval dataset will measure, before it does: grades, texts, what is repeated, what indexing takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from embedmark.api.items import token_bound
from embedmark.datasets.model import RetrievalDataset
from embedmark.datasets.outlook import languages_of
from embedmark.language import translatable

_MOST_GRADES = 6


@dataclass(frozen=True, slots=True)
class SearchOutlook:
    """What can be said of a retrieval dataset before it is measured, a line each.

    Attributes:
        queries: how many, and their characters.
        corpus: the same of documents.
        judged: how many judgments, and how many are relevant.
        grades: how often each grade is given.
        letters: scripts of the letters, with their shares.
        repeated: texts that several queries or documents have, and documents that answer several queries.
        index: what indexing and asking take of a provider that bills by tokens.
    """

    queries: str
    corpus: str
    judged: str
    grades: str
    letters: str
    repeated: str
    index: str


def search_outlook(dataset: RetrievalDataset) -> SearchOutlook:
    """Return what a retrieval dataset will measure."""
    relevant = int((dataset.grades > 0).sum())
    each = relevant / len(dataset)
    documents, queries = (sum(map(token_bound, dict.fromkeys(t))) for t in (dataset.documents, dataset.queries))
    return SearchOutlook(
        queries=f"{len(dataset):,}; {_lengths(dataset.queries)}",
        corpus=translatable(f"{len(dataset.documents):,} documents; {_lengths(dataset.documents)}"),
        judged=f"{len(dataset.grades):,}, of them {relevant:,} relevant, {each:.3g} a query",
        grades=_grades(dataset.grades.tolist()),
        letters=languages_of([*dataset.documents, *dataset.queries]),
        repeated=_repeated(dataset),
        index=f"at most {documents:,} tokens for the documents, {queries:,} for the queries",
    )


def _lengths(texts: Sequence[str]) -> str:
    ranked = sorted(map(len, texts))
    half, nine = ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, 9 * len(ranked) // 10)]
    return f"{ranked[0]:,} to {ranked[-1]:,} characters; half up to {half:,}, nine tenths up to {nine:,}"


def _grades(grades: Sequence[float]) -> str:
    counts = Counter(grades)
    if len([grade for grade in counts if grade > 0]) == 1:
        return "binary: every relevant document counts the same"
    shown = ", ".join(f"{grade:g} ({counts[grade]:,})" for grade in sorted(counts)[:_MOST_GRADES])
    more = len(counts) - _MOST_GRADES
    return f"graded: {shown} and {more:,} more" if more > 0 else translatable(f"graded: {shown}")


def _repeated(dataset: RetrievalDataset) -> str:
    queries = len(dataset.queries) - len(set(dataset.queries))
    documents = len(dataset.documents) - len(set(dataset.documents))
    answers = Counter(document for _, document, grade in dataset.judgements if grade > 0)
    several = sum(count > 1 for count in answers.values())
    return (
        f"{queries:,} queries and {documents:,} documents repeat an earlier text; {several:,} documents answer "
        "several queries"
    )
