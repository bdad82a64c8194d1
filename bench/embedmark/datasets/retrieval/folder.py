"""The files of a retrieval dataset in a folder: as BEIR lays it out, or queries, documents and judgments together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from unicodedata import normalize

from embedmark.datasets.packed import archive_names, is_packed
from embedmark.errors import DatasetError, listing

_CORPUS: Final = ("corpus", "collection", "documents", "docs", "passages", "문서", "지문", "본문", "말뭉치")
_QUERIES: Final = ("queries", "questions", "topics", "질문", "질의")
_QRELS: Final = ("qrels", "정답", "판정")
_ENDINGS: Final = (".jsonl", ".parquet", ".arrow", ".feather", ".tsv", ".csv", ".json", ".ndjson", ".xlsx")
_JUDGED: Final = (".tsv", ".csv", ".txt", ".qrels", ".jsonl", ".parquet", ".arrow", ".json", ".xlsx")
_PACKED: Final = ("", ".gz", ".bz2", ".xz")
_START: Final = 512  # bytes that tell an archive
_FORM: Final = (
    "a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv (or qrels.tsv); or name the three files"
)


class _Folder(NamedTuple):
    """A folder, on disk or in an archive, and the names of its files and of those in `qrels/`."""

    base: Path
    names: frozenset[str]


class FolderFiles(NamedTuple):
    """The files of a folder; no judgments where the queries list their relevant documents."""

    corpus: Path
    queries: Path
    qrels: Path | None


def is_folder(path: Path) -> bool:
    """Return True for a folder, and for an archive of one, as BEIR is downloaded: it has a file of documents."""
    if path.is_dir():
        return True
    names = [] if not path.is_file() else _names_in(path)
    return any(_is_corpus(PurePosixPath(name)) for name in names) and len(names) > 1


def _is_corpus(name: PurePosixPath) -> bool:
    return normalize("NFC", name.name.split(".")[0]) in _CORPUS


def _names_in(path: Path) -> list[str]:
    """Return the names of the files in an archive; [] for another file."""
    with path.open("rb") as file:
        start = file.read(_START)
    return archive_names(path, path.read_bytes()) if is_packed(start) else []


def _root(path: Path) -> _Folder:
    """Return a folder, or the folder of the documents in an archive."""
    if path.is_dir():
        inside = [*path.iterdir(), *((path / "qrels").iterdir() if (path / "qrels").is_dir() else ())]
        return _Folder(path, frozenset(file.relative_to(path).as_posix() for file in inside if file.is_file()))
    names = [PurePosixPath(name) for name in _names_in(path)]
    top = next(name.parent for name in names if _is_corpus(name))
    below = (name.relative_to(top).as_posix() for name in names if name.is_relative_to(top))
    return _Folder(path / top, frozenset(below))


def files_in(path: Path, split: str | None = None) -> FolderFiles:
    """Return the files of a folder, or of an archive of one.

    Args:
        path: with a file of documents and one of queries; judgments are in `qrels/`, in `qrels.*` beside them, or in
            the queries.
        split: which file of `qrels/`; None: `test`, or the only one.

    Raises:
        DatasetError: a file is missing, or `split` is needed.
    """
    folder = _root(path)
    corpus, queries = _one_of(folder, _CORPUS), _one_of(folder, _QUERIES)
    splits = _splits(folder)
    if not splits:
        judged = next(_existing(folder, _QRELS, _JUDGED), None)
        if split is not None or (judged is None and (folder.base / "qrels").is_dir()):
            raise DatasetError(
                "this folder has no qrels: files that say which document answers which query",
                where=str(folder.base / "qrels"),
                hint="a BEIR folder has qrels/test.tsv; or name three files: `queries:`, `corpus:` and `qrels:`",
            )
        return FolderFiles(corpus, queries, judged)
    only = next(iter(splits)) if len(splits) == 1 else None
    split = split or ("test" if "test" in splits else only)
    if split not in splits:
        what = f"there is no split {split!r} in this folder" if split else "this folder has several splits, and no test"
        names = list(splits)
        raise DatasetError(what, where=str(folder.base / "qrels"), hint=f"`split: {names[0]}`; it has {listing(names)}")
    return FolderFiles(corpus, queries, splits[split])


def _splits(folder: _Folder) -> dict[str, Path]:
    """Return the files of judgments in `qrels/` by their names without endings: `test` for test.tsv.gz."""
    found = {}
    below = sorted((name.removeprefix("qrels/") for name in folder.names if name.startswith("qrels/")), reverse=True)
    for name in below:  # of two endings the first in the alphabet counts
        ending = next((end + pack for end in _JUDGED for pack in _PACKED if name.endswith(end + pack)), None)
        if ending is not None:
            found[name.removesuffix(ending)] = folder.base / "qrels" / name
    return dict(sorted(found.items()))


def _one_of(folder: _Folder, names: tuple[str, ...]) -> Path:
    found = next(_existing(folder, names, _ENDINGS), None)
    if found is None:
        raise DatasetError(f"this folder has no {names[0]}.jsonl", where=str(folder.base), hint=_FORM)
    return found


def _existing(folder: _Folder, names: tuple[str, ...], endings: tuple[str, ...]) -> Iterator[Path]:
    stored = {normalize("NFC", name): name for name in folder.names}  # macOS stores Korean names decomposed
    for name in names:
        for ending in endings:
            whole = (f"{name}{ending}{pack}" for pack in _PACKED)
            yield from (folder.base / stored[file] for file in whole if file in stored)
