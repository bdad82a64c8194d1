"""Which columns of a file probably hold the two texts and the score: by their names, else by their cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from embedmark.datasets.columns import Column, Columns
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.rows import Row, Rows, paths_in, value_at
from embedmark.datasets.scores import is_missing, parse_score

_TEXTS = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"), ("sent1", "sent2"),
    ("text1", "text2"), ("text_a", "text_b"), ("question1", "question2"), ("#1 string", "#2 string"),
    ("premise", "hypothesis"), ("s1", "s2"), ("a", "b"), ("q1", "q2"), ("anchor", "positive"), ("문장1", "문장2"),
    ("satz1", "satz2"), ("phrase1", "phrase2"),
)  # fmt: skip
_SCORES = (
    "score", "gold", "similarity_score", "similarity", "relatedness_score", "relatedness", "gold_score", "label",
    "labels.label", "labels.real-label", "gold_label", "is_duplicate", "quality", "sim", "rating", "점수", "wert",
)  # fmt: skip
_IDS = frozenset({"", "id", "idx", "index", "no", "nr", "number", "rowidx", "pairid", "unnamed:0"})
_LOOKED_AT = 200  # rows
_FEW = 10  # rows in which scores may differ from row to row
_MOST_WORDS = 12  # that labels are
_MOST_SCORES = 10  # in a list
_JOINTS = re.compile(r"[\s_.-]+")


def meant_columns(rows: Rows, layout: Layout) -> Columns | None:
    """Return the columns that an entry with other names probably means; None if that cannot be told."""
    if not isinstance(layout.columns, Columns):
        return None
    texts, score = likely_columns(rows)
    if (found := guess_columns(rows)) is not None or len(texts) < 2:
        return found
    scores = (_listed_scores(rows) or _labels(rows, texts)) if score is None else (score,)
    return Columns(sentence1=texts[0], sentence2=texts[1], score=scores) if scores else None


def guess_columns(rows: Rows) -> Columns | None:
    """Return the columns of a file whose names are usual ones; None where they are not."""
    by_fold = {_folded(name): name for name in reversed(column_names(rows))}
    pair = next((pair for pair in _TEXTS if all(_folded(name) in by_fold for name in pair)), None)
    if pair is None:
        return None
    first, second = (by_fold[_folded(name)] for name in pair)
    others = {fold: name for fold, name in by_fold.items() if name not in (first, second)}
    usual = next((others[fold] for name in _SCORES if (fold := _folded(name)) in others), None)
    numeric = [name for fold, name in reversed(others.items()) if fold not in _IDS and is_numeric(rows, name)]
    score = usual or (numeric[0] if len(numeric) == 1 else None)
    return None if score is None else Columns(sentence1=first, sentence2=second, score=score)


def likely_columns(rows: Rows, n_texts: int = 2) -> tuple[list[str], str | None]:
    """Return the columns (two) whose cells look most like sentences, in the file's order, and one of scores.

    Fewer texts, or None for the score, where the file has no such columns.
    """
    names = list(dict.fromkeys(name for name in column_names(rows) if name.strip()))
    numeric = [name for name in names if is_numeric(rows, name)]
    cells = {name: [plain_text(value) for value in values_in(rows, name)] for name in names}
    # Sentences differ from row to row and have words; a genre, a rater and a code do not.
    words = {name: sum(len(cell.split()) for cell in set(found)) for name, found in cells.items()}
    kept = [name for name in names if _folded(name) not in _IDS]
    plain = [name for name in kept if not any(isinstance(one, list | Mapping) for one in values_in(rows, name))]
    texts = sorted((name for name in plain if name not in numeric), key=lambda name: -words[name])[:n_texts]
    by_fold = {_folded(name): name for name in reversed(names)}
    usual = next((by_fold[_folded(name)] for name in _SCORES if by_fold.get(_folded(name)) in numeric), None)
    # A running number differs in every row; scores repeat.
    numeric = [name for name in numeric if _folded(name) not in _IDS]
    graded = [name for name in numeric if len(set(cells[name])) < len(cells[name]) or len(cells[name]) < _FEW]
    return sorted(texts, key=names.index), usual or (graded[-1] if graded else None)


def _listed_scores(rows: Rows) -> tuple[str, ...]:
    """Return the dotted paths of the numbers in a key that is a list of as many in each row; () without one."""
    for name in column_names(rows):
        lists = values_in(rows, name)
        lengths = {len(one) if _is_list_of_numbers(one) else 0 for one in lists}
        if len(lengths) == 1 and 0 < min(lengths) <= _MOST_SCORES:
            return tuple(f"{name}.{place}" for place in range(min(lengths)))
    return ()


def _labels(rows: Rows, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the only other column that has a few words, each in several rows; () without one."""
    found = []
    for name in column_names(rows):
        cells = [cell for cell in values_in(rows, name) if isinstance(cell, str | bool)]
        if name not in texts and 1 < len(set(cells)) <= min(_MOST_WORDS, len(cells) // 2):
            found.append(name)
    return tuple(found) if len(found) == 1 else ()


def _is_list_of_numbers(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, int | float) for one in value)


def _folded(name: str) -> str:
    return _JOINTS.sub("", name.casefold())


def column_names(rows: Rows) -> list[str]:
    """Return the names in the header line, or the dotted paths of the first object."""
    first = next((row.cells for row in rows.rows if row.problem is None), None)
    return paths_in(first) if isinstance(first, Mapping) else list(rows.names)


def cell_of(row: Row, column: Column, places: Mapping[Column, int]) -> Any:
    """Return what a row has in a column; the empty string where it has none."""
    try:
        return value_at(row, column, places)
    except (KeyError, IndexError):
        return ""


def is_numeric(rows: Rows, name: str) -> bool:
    """Return True if every score of a column that is there is a number."""
    present = [value for value in values_in(rows, name) if not is_missing(value)]
    return bool(present) and all(is_number(value) for value in present)


def values_in(rows: Rows, name: str) -> list[Any]:
    """Return what the first rows have in a column."""
    places: dict[Column, int] = {name: rows.names.index(name)} if name in rows.names else {}
    return [cell_of(row, name, places) for row in rows.rows[:_LOOKED_AT] if row.problem is None]


def is_number(value: object) -> bool:
    """Return True if a cell is a number, with a point or a comma before its decimals."""
    if not isinstance(value, str):
        return isinstance(value, int | float)
    return parse_score(value) is not None or parse_score(value, ",") is not None
