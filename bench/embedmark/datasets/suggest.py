"""What to write instead: columns that a file probably means, filled in so that the remedy works when it is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from embedmark.datasets.columns import AnyColumns, Column, Columns
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.rows import Row, Rows, paths_in, value_at
from embedmark.datasets.scores import is_missing, parse_score
from embedmark.errors import did_you_mean, listing

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
_NLI = {"contradiction": 0, "neutral": 1, "entailment": 2, "no": 0, "yes": 2, "false": 0, "true": 2}
_MOST_LABELS = 12
_LOOKED_AT = 200  # rows
_FEW = 10  # rows in which scores may differ from row to row


def guess_columns(rows: Rows) -> Columns | None:
    """Return the columns of a file whose names are usual ones; None where they are not."""
    names = _names(rows)
    by_fold = {name.strip().casefold(): name for name in reversed(names)}
    pair = next((pair for pair in _TEXTS if all(name in by_fold for name in pair)), None)
    taken = {by_fold[name] for name in pair} if pair else set()
    score = next((by_fold[name] for name in _SCORES if name in by_fold and by_fold[name] not in taken), None)
    numeric = [name for name in names if name not in taken and _is_numeric(rows, name)]
    score = score or (numeric[0] if len(numeric) == 1 else None)
    if pair is None or score is None:
        return None
    return Columns(sentence1=by_fold[pair[0]], sentence2=by_fold[pair[1]], score=score)


def likely_columns(rows: Rows) -> tuple[list[str], str | None]:
    """Return the two columns whose cells look most like sentences, in the file's order, and one of scores.

    Fewer texts, or None for the score, where the file has no such columns.
    """
    names = list(dict.fromkeys(name for name in _names(rows) if name.strip()))
    numeric = [name for name in names if _is_numeric(rows, name)]
    cells = {name: [plain_text(value) for value in _values(rows, name)] for name in names}
    # Sentences differ from row to row and have words; a genre, a rater and a code do not.
    words = {name: sum(len(cell.split()) for cell in set(found)) for name, found in cells.items()}
    texts = sorted((name for name in names if name not in numeric), key=lambda name: -words[name])[:2]
    by_fold = {name.strip().casefold(): name for name in reversed(names)}
    usual = next((by_fold[name] for name in _SCORES if by_fold.get(name) in numeric), None)
    # A running number differs in every row; scores repeat.
    graded = [name for name in numeric if len(set(cells[name])) < len(cells[name]) or len(cells[name]) < _FEW]
    return sorted(texts, key=names.index), usual or (graded[-1] if graded else None)


def hint_for_column(wanted: str, rows: Rows, layout: Layout) -> str:
    """Return what to write where a column is not there."""
    names = _names(rows)
    if any(parse_score(name) is not None for name in rows.names):
        numbered = _numbered(rows, layout)
        return (
            "the first line looks like data: for a file without a header line give numbers counted from 1, "
            f"such as `{numbered}`"
        )
    near = did_you_mean(wanted, names)
    count = {2: "both", 3: "three"}.get(len(layout.columns.fields), "them")
    guess = _guess(rows) if isinstance(layout.columns, Columns) else None
    example = written(guess) if guess is not None else layout.columns.example()
    kind = "columns" if rows.header_line else "keys"
    shown = f"its {kind} are {listing(names)}; name {count}: `{example}`"
    return f"{near} {shown}" if near else shown


def hint_for_numbers(rows: Rows, layout: Layout) -> str:
    """Return the keys in place of the numbers of an entry: those at these places, else those that look like it."""
    keys, columns = _names(rows), layout.columns
    named: AnyColumns | None = None
    if isinstance(columns, Columns):
        inside = all(isinstance(place, int) and place <= len(keys) for place in columns.all)
        named = _named(columns, keys) if inside else None
        if named is None or not all(_is_numeric(rows, str(score)) for score in named.scores):
            named = _guess(rows) or named
    example = written(named) if named is not None else columns.example("KEY")
    return f"its keys are {listing(keys)}; name them: `{example}`"


def _named(columns: Columns, keys: Sequence[str]) -> Columns:
    """Return the columns with keys in place of numbers."""

    def key(place: Column) -> Column:
        return keys[place - 1] if isinstance(place, int) else place

    score = columns.score
    return replace(
        columns,
        sentence1=key(columns.sentence1),
        sentence2=key(columns.sentence2),
        score=tuple(map(key, score)) if isinstance(score, tuple | list) else key(score),
        text=None if columns.text is None else key(columns.text),
    )


def _guess(rows: Rows) -> Columns | None:
    """Return the columns by their usual names, else by what is in them."""
    texts, score = likely_columns(rows)
    if (found := guess_columns(rows)) is not None or len(texts) < 2 or score is None:
        return found
    return Columns(sentence1=texts[0], sentence2=texts[1], score=score)


def hint_for_labels(rows: Rows, layout: Layout, places: Mapping[Column, int]) -> str | None:
    """Return `labels` filled with the words found in place of scores; None where they are not few words."""
    if len(layout.columns.scores) != 1:
        return None
    column = layout.columns.scores[0]
    found = [plain_text(_cell(row, column, places)) for row in rows.rows if row.problem is None]
    words = list(dict.fromkeys(word for word in found if word.strip() and not is_missing(word)))
    if not 2 <= len(words) <= _MOST_LABELS or any(char.isnumeric() for word in words for char in word):
        return None  # a word with a digit is a number in some way of writing, whose worth is not its place here
    ranked = sorted(words, key=lambda word: (_NLI.get(word.casefold(), 1), word))
    values = ", ".join(f"{_quoted(word)}: {i}" for i, word in enumerate(ranked))
    return f"say what each word is worth, such as `labels: {{{values}}}`"


def _cell(row: Row, column: Column, places: Mapping[Column, int]) -> Any:
    try:
        return value_at(row, column, places)
    except (KeyError, IndexError):
        return ""


def written(columns: AnyColumns) -> str:
    """Return the columns as a suite writes them."""
    values = dict(zip(columns.fields, map(_quoted, columns.all), strict=True))
    if isinstance(columns, Columns):
        if len(columns.scores) > 1:
            values["score"] = f"[{', '.join(map(_quoted, columns.scores))}]"
        if columns.separator is not None:
            values["separator"] = json.dumps(columns.separator, ensure_ascii=False)
    shown = ", ".join(f"{field}: {value}" for field, value in values.items())
    return f"columns: {{{shown}}}"


def _names(rows: Rows) -> list[str]:
    first = next((row.cells for row in rows.rows if row.problem is None), None)
    return paths_in(first) if isinstance(first, Mapping) else list(rows.names)


def _quoted(value: Column) -> str:
    """Return a name as YAML takes it."""
    import yaml

    return (
        yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()
    )


def _is_numeric(rows: Rows, name: str) -> bool:
    present = [value for value in _values(rows, name) if not is_missing(value)]
    return bool(present) and all(_is_number(value) for value in present)


def _values(rows: Rows, name: str) -> list[Any]:
    places: dict[Column, int] = {name: rows.names.index(name)} if name in rows.names else {}
    return [_cell(row, name, places) for row in rows.rows[:_LOOKED_AT] if row.problem is None]


def _is_number(value: object) -> bool:
    if not isinstance(value, str):
        return isinstance(value, int | float)
    return parse_score(value) is not None or parse_score(value, ",") is not None


def _numbered(rows: Rows, layout: Layout) -> str:
    """Numbers for a file without a header line: of the two columns that look most like sentences, and of a score."""
    fields = layout.columns.fields
    lines = [list(rows.names), *(list(row.cells) for row in rows.rows[:_LOOKED_AT])]
    cells = {i: [str(line[i]) for line in lines if i < len(line)] for i in range(len(rows.names))}
    numeric = [i for i, found in cells.items() if all(map(_is_number, found))]
    # Sentences differ from row to row; a genre, a file and a year do not.
    others = sorted(set(cells) - set(numeric), key=lambda i: (-len(set(cells[i])), -sum(map(len, cells[i]))))
    graded = [i for i in numeric if any("." in cell or "," in cell for cell in cells[i])] or numeric
    chosen = list(range(len(fields)))
    if len(fields) == 3 and len(others) >= 2 and graded and isinstance(layout.columns, Columns):
        chosen = [*sorted(others[:2]), graded[-1]]
    return "columns: {" + ", ".join(f"{field}: {i + 1}" for field, i in zip(fields, chosen, strict=True)) + "}"
