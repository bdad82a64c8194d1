"""How the files of a retrieval dataset are read: keys with one value for all files, or with one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

from embedmark.datasets.decode import DecodeError
from embedmark.datasets.filters import NoRowError
from embedmark.datasets.layout import Reading, plain_text, values_wanted
from embedmark.datasets.remedy import CHANGES
from embedmark.datasets.retrieval.parts import ContentError
from embedmark.datasets.suggest import flow
from embedmark.datasets.wrapped import QUOTES
from embedmark.errors import DatasetError, did_you_mean, listing
from embedmark.language import translatable
from embedmark.store.suite_text import flow_text

FILES: Final = ("queries", "corpus", "qrels")
KEYS: Final = ("format", "encoding", "delimiter", "quoting", "escape", "skip_lines", "sheet")
_TRIED: Final = frozenset({"format", "delimiter", "quoting", "escape", "skip_lines", "sheet"})
_START: Final = 100_000  # characters that are looked at for quotes
_LARGE: Final = 20_000_000  # bytes; above, a file is not read a dozen times to find a remedy
T = TypeVar("T")


class FileReading(NamedTuple):
    """How one file is read.

    Attributes:
        keys: of the suite's entry, for this file.
        shared: those of them that hold for all files, some of which they may not apply to.
        labels: the grade of each word.
        where: by column, the values (as text) whose rows count, in each file that has the column.
    """

    keys: Reading
    shared: frozenset[str] = frozenset()
    where: Mapping[str | int, tuple[str, ...]] = {}
    labels: Mapping[str, float] | None = None


class LackingColumnError(DatasetError):
    """A file without a column that is needed.

    Attributes:
        named: what to write in `columns`, by the looks of the cells; empty if they do not tell.
        is_header: True if the first line has a name for each column.
    """

    named: Mapping[str, str] = {}
    is_header: bool = True


def reading_of(entry: Mapping[str, Any], file: str) -> FileReading:
    """Return how one of the files (`queries`, `corpus`, `qrels`) of an entry is read, or `path`, its only file."""
    keys = {key: entry[key] for key in KEYS if entry.get(key)}
    own = {key: value[file] for key, value in keys.items() if isinstance(value, Mapping) and file in value}
    common = {key: value for key, value in keys.items() if not isinstance(value, Mapping)}
    shared = frozenset() if file == "path" else frozenset(common)
    labels = entry.get("labels")
    return FileReading(
        keys=cast("Reading", common | own),
        shared=shared,
        where=values_wanted(entry.get("where") or {}),
        labels=None if labels is None else {plain_text(word): float(value) for word, value in labels.items()},
    )


def check_used(entry: Mapping[str, Any], unused: Iterable[frozenset[str]], columns: Iterable[str], place: str) -> None:
    """Raise DatasetError for a key that applies to none of the files, and a column of `where` that none has.

    Args:
        entry: with the keys.
        unused: of each file what did not apply to it.
        columns: of all files.
        place: for the message.
    """
    lost = frozenset.intersection(*unused)
    key = next((key for key in KEYS if key in lost), None)
    if key is not None:
        raise DatasetError(f"{key} applies to none of these files", where=place, hint=f"remove `{key}`")
    names = list(dict.fromkeys(columns))
    for column in entry.get("where") or {}:
        if f"where.{column}" in lost:
            hint = " ".join(filter(None, (did_you_mean(str(column), names), f"its columns are {listing(names)}")))
            raise DatasetError(f"there is no column {column!r}, which `where` names", where=place, hint=hint)


def with_change(
    read: Callable[[Mapping[str, Any], Mapping[str, str]], T], entry: Mapping[str, Any], file: str, path: Path
) -> T:
    """Return what `read` makes of an entry; if it fails, name the first change of a key under which it does not.

    Args:
        read: takes the keys of the entry, and columns that are named further.
        entry: the keys.
        file: which of the files is read, as for reading_of().
        path: the file.

    Raises:
        DatasetError: what `read` raised, its hint replaced if a change was found that works.
    """
    try:
        return read(entry, {})
    except (DecodeError, ContentError, NoRowError):
        raise
    except DatasetError as error:
        found = None if _is_large(path) else _remedy(read, entry, file, path, error)
        error.hint = found or error.hint
        if isinstance(error, LackingColumnError) and error.named and error.hint and entry.get("columns"):
            whole = {**entry["columns"], **error.named}  # a hint that leaves out the others would undo them
            error.hint = error.hint.replace(flow(error.named), flow(whole))
        raise


def _remedy(
    read: Callable[..., object], entry: Mapping[str, Any], file: str, path: Path, error: DatasetError
) -> str | None:
    """Return the first change that was tried and works, as a hint."""
    given = reading_of(entry, file).keys
    has_names = isinstance(error, LackingColumnError) and error.is_header and bool(error.named)
    for hint, change in CHANGES:
        if not change.keys() <= _TRIED or change.keys() & given.keys() or not _has_quotes(path, change):
            continue
        if has_names and "skip_lines" in change:
            continue  # the first line names the columns, in other words
        changed, written = _changed(entry, file, change)
        try:
            read(changed, {})
        except LackingColumnError as lacking:
            if _is_below(error, change) and lacking.is_header and _reads(read, changed, lacking.named):
                columns = f"columns: {flow_text({**(entry.get('columns') or {}), **lacking.named})}"
                return translatable(f"its table is elsewhere in the file: add both `{written}` and `{columns}`")
        except DatasetError:
            continue
        else:
            key, value = next(iter(change.items()))
            quoted = f'"{value}"' if key == "delimiter" else value
            return hint.replace(f"`{key}: {quoted}`", f"`{written}`")
    return None


def _has_quotes(path: Path, change: Reading) -> bool:
    """Return True unless a change names quotes that a file does not have at its start."""
    quoting = change.get("quoting")
    if quoting not in QUOTES:
        return True
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return QUOTES[quoting][0][0] in file.read(_START)
    except OSError:
        return False


def _is_below(error: DatasetError, change: Reading) -> bool:
    """Return True if a change skips what is above a table whose first line was taken for names."""
    is_title = not (isinstance(error, LackingColumnError) and error.is_header)
    return is_title and "skip_lines" in change


def _reads(read: Callable[..., object], entry: Mapping[str, Any], named: Mapping[str, str]) -> bool:
    if not named:
        return False
    try:
        read(entry, named)
    except DatasetError:
        return False
    return True


def _changed(entry: Mapping[str, Any], file: str, change: Reading) -> tuple[dict[str, Any], str]:
    """Return an entry with a change for one file, and the first of its keys as a suite has it."""
    changed = dict(entry)
    for key, value in change.items():
        if file == "path":
            changed[key] = value
            continue
        before = entry.get(key)
        by_file = dict(before) if isinstance(before, Mapping) else {}
        changed[key] = {**by_file, file: value}
    key = next(iter(change))
    return changed, f"{key}: {flow_text(changed[key])}"


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > _LARGE
    except OSError:
        return False
