"""The texts of a run whose suite says `keep_text: true`."""

from __future__ import annotations

from collections.abc import Iterator

from embedmark.datasets import Dataset, ImageDataset, RetrievalDataset
from embedmark.planning.jobs import Plan
from embedmark.store.table import ColumnRows
from embedmark.store.texts import TEXTS
from embedmark.store.write import RunDirectory


def keep_texts(run: RunDirectory, plan: Plan) -> None:
    """Write the texts of every dataset of a plan into texts.csv, if the suite keeps them. Raises StorageError."""
    if plan.suite.keep_text:
        for dataset in plan.datasets:
            for rows in _tables(dataset):
                run.append(TEXTS, rows)


def _tables(dataset: Dataset) -> Iterator[ColumnRows]:
    """Yield both texts of every pair; the first of a pair with an image is the image's name. For retrieval: every
    query, and every document that was judged."""
    if isinstance(dataset, RetrievalDataset):
        judged = sorted(set(dataset.judged_documents.tolist()))
        yield _table(dataset.name, "query", list(dataset.query_ids), list(dataset.queries))
        ids = [dataset.document_ids[i] for i in judged]
        yield _table(dataset.name, "document", ids, [dataset.documents[i] for i in judged])
        return
    if isinstance(dataset, ImageDataset):
        first = [dataset.images[image].name for image, _ in dataset.pairs]
        second = [dataset.texts[text] for _, text in dataset.pairs]
    else:
        first, second = list(dataset.sentence1), list(dataset.sentence2)
    yield _table(dataset.name, "pair", list(dataset.pair_ids), first, second)


def _table(dataset: str, role: str, ids: list[str], first: list[str], second: list[str] | None = None) -> ColumnRows:
    columns = {"dataset": dataset, "role": role, "id": ids, "text1": first, "text2": second}
    return ColumnRows(columns, len(ids))
