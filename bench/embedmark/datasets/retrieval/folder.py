"""The files of a retrieval dataset in a folder: as BEIR lays it out, or queries, documents and judgments together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from embedmark.errors import DatasetError, listing

_CORPUS: Final = ("corpus", "collection", "documents", "docs", "passages")
_QUERIES: Final = ("queries", "questions", "topics")
_ENDINGS: Final = (".jsonl", ".parquet", ".arrow", ".feather", ".tsv", ".csv", ".json", ".ndjson", ".xlsx")
_JUDGED: Final = (".tsv", ".csv", ".txt", ".qrels", ".jsonl", ".parquet", ".arrow")
_PACKED: Final = ("", ".gz", ".bz2", ".xz")
_FORM: Final = (
    "a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv (or qrels.tsv); or name the three files"
)


class FolderFiles(NamedTuple):
    """The files of a folder; no judgments where the queries list their relevant documents."""

    corpus: Path
    queries: Path
    qrels: Path | None


def files_in(folder: Path, split: str | None = None) -> FolderFiles:
    """Return the files of a folder.

    Args:
        folder: with a file of documents and one of queries; judgments are in `qrels/`, in `qrels.*` beside them, or in
            the queries.
        split: which file of `qrels/`; None: `test`, or the only one.

    Raises:
        DatasetError: a file is missing, or `split` is needed.
    """
    corpus, queries = _one_of(folder, _CORPUS), _one_of(folder, _QUERIES)
    splits = _splits(folder / "qrels")
    if not splits:
        judged = next(_existing(folder, ("qrels",), _JUDGED), None)
        if split is not None or (judged is None and (folder / "qrels").is_dir()):
            raise DatasetError(
                "this folder has no qrels: files that say which document answers which query",
                where=str(folder / "qrels"),
                hint="a BEIR folder has qrels/test.tsv; or name three files: `queries:`, `corpus:` and `qrels:`",
            )
        return FolderFiles(corpus, queries, judged)
    only = next(iter(splits)) if len(splits) == 1 else None
    split = split or ("test" if "test" in splits else only)
    if split not in splits:
        what = f"there is no split {split!r} in this folder" if split else "this folder has several splits, and no test"
        names = list(splits)
        raise DatasetError(what, where=str(folder / "qrels"), hint=f"`split: {names[0]}`; it has {listing(names)}")
    return FolderFiles(corpus, queries, splits[split])


def _splits(qrels: Path) -> dict[str, Path]:
    """Return the files of judgments in a folder by their names without endings: `test` for test.tsv.gz."""
    if not qrels.is_dir():
        return {}
    found = {}
    for path in sorted(qrels.iterdir(), reverse=True):  # of two endings the first in the alphabet counts
        ending = next((end + pack for end in _JUDGED for pack in _PACKED if path.name.endswith(end + pack)), None)
        if ending is not None:
            found[path.name.removesuffix(ending)] = path
    return dict(sorted(found.items()))


def _one_of(folder: Path, names: tuple[str, ...]) -> Path:
    found = next(_existing(folder, names, _ENDINGS), None)
    if found is None:
        raise DatasetError(f"this folder has no {names[0]}.jsonl", where=str(folder), hint=_FORM)
    return found


def _existing(folder: Path, names: tuple[str, ...], endings: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        for ending in endings:
            yield from (path for pack in _PACKED if (path := folder / f"{name}{ending}{pack}").is_file())
