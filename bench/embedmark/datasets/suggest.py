"""What to write instead: columns that a file probably means, filled in so that the remedy works when it is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from embedmark.datasets.columns import AnyColumns, Column, Columns
from embedmark.datasets.guess import cell_of, column_names, is_number, is_numeric, likely_columns, meant_columns
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.rows import Rows
from embedmark.datasets.scores import is_missing
from embedmark.datasets.worth import MIDDLE, worth
from embedmark.errors import did_you_mean, listing

_MOST_LABELS = 12
_LOOKED_AT = 200  # rows
_QUERIES = ("query", "question", "anchor", "질문", "질의")
_PASSAGES = ("passage", "positive", "positives", "pos", "context", "contexts", "지문")
_ASKED = {*_QUERIES, *_PASSAGES}
_QUESTIONS = 2  # columns of a table of questions and passages
_SHOWN = 60  # characters of a line


def hint_for_column(wanted: str, rows: Rows, layout: Layout) -> str:
    """Return what to write where a column is not there."""
    names = column_names(rows)
    if rows.header_line and any(map(is_number, rows.names)):
        numbered = _numbered(rows, layout)
        return (
            "the first line looks like data: for a file without a header line give numbers counted from 1, "
            f"such as `{numbered}`"
        )
    near = did_you_mean(wanted, names)
    if len(names) == 1 and rows.header_line:
        parts = next((names[0].split(mark) for mark in "\t;|" if mark in names[0]), [])
        if len(parts) == _QUESTIONS:
            return _for_questions(parts, parts)
        return (
            f"every line is one cell: {names[0][:_SHOWN]!r}; separate cells by tabs or commas, or name what is between "
            "them as `delimiter`"
        )
    if len(set(names)) < len(names) and meant_columns(rows, layout) is None:
        return f"its columns are {listing(names)}, two of one name; {hint_for_twice(rows, layout)}"
    count = {2: "both", 3: "three"}.get(len(layout.columns.fields), "them")
    guess = meant_columns(rows, layout)
    if (asked := questions_in(rows, layout)) is not None:
        return _for_questions(names, asked)
    example = written(guess) if guess is not None else layout.columns.example()
    kind = "columns" if rows.header_line else "keys"
    shown = f"its {kind} are {listing(names)}; name {count}: `{example}`"
    return f"{near} {shown}" if near else shown


def questions_in(rows: Rows, layout: Layout) -> tuple[str, str] | None:
    """Return the columns of questions and of passages in a file that has no scores; None for another file."""
    names = column_names(rows)
    is_asked = len(names) == _QUESTIONS or bool(_ASKED & {name.casefold() for name in names})
    if not isinstance(layout.columns, Columns) or not is_asked or meant_columns(rows, layout) is not None:
        return None
    by_fold = {name.casefold(): name for name in rows.names}
    named = [next((by_fold[one] for one in known if one in by_fold), None) for known in (_QUERIES, _PASSAGES)]
    if named[0] is not None and named[1] is not None:
        return named[0], named[1]
    texts, _ = likely_columns(rows)
    return (texts[0], texts[1]) if len(texts) == _QUESTIONS else None


def _for_questions(names: Sequence[str], texts: Sequence[str]) -> str:
    columns = flow({"query": texts[0], "passage": texts[1]})
    return (
        f"its columns are {listing(names)}, and none has scores, which pairs need; questions and their passages are "
        f"`kind: retrieval` with `columns: {columns}`"
    )


def hint_for_twice(rows: Rows, layout: Layout) -> str:
    """Return what to write where two columns have one name: their numbers."""
    return f"give numbers: `{_numbered(rows, layout, header=True)}` and `header: true`"


def hint_for_numbers(rows: Rows, layout: Layout) -> str:
    """Return the keys in place of the numbers of an entry: those at these places, else those that look like it."""
    keys, columns = column_names(rows), layout.columns
    named: AnyColumns | None = None
    if isinstance(columns, Columns):
        inside = all(isinstance(place, int) and place <= len(keys) for place in columns.all)
        named = _named(columns, keys) if inside else None
        if named is None or not all(is_numeric(rows, str(score)) for score in named.scores):
            named = meant_columns(rows, layout) or named
    example = written(named) if named is not None else columns.example("KEY")
    return f"its keys are {listing(keys)}; name them: `{example}`"


def flow(names: Mapping[str, str]) -> str:
    """Return names by key as YAML on one line."""
    return "{" + ", ".join(f"{key}: {_quoted(name)}" for key, name in names.items()) + "}"


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


def hint_for_labels(rows: Rows, layout: Layout, places: Mapping[Column, int]) -> str | None:
    """Return `labels` filled with the words found in place of scores; None where they are not few words."""
    if len(layout.columns.scores) != 1:
        return None
    column = layout.columns.scores[0]
    return labels_for([plain_text(cell_of(row, column, places)) for row in rows.rows if row.problem is None])


def labels_for(found: Sequence[str]) -> str | None:
    """Return `labels` filled with the words of a column; None where they are not few words."""
    words = list(dict.fromkeys(word for word in found if word.strip() and not is_missing(word)))
    if not 2 <= len(words) <= _MOST_LABELS or any(char.isnumeric() for word in words for char in word):
        return None  # a word with a digit is a number in some way of writing, whose worth is not its place here
    return _labels_of(words)


def _labels_of(words: Sequence[str]) -> str:
    """Return `labels` with words in the order of what they are worth; a word that is not known is in the middle."""
    known = {word: MIDDLE if (found := worth(word)) is None else found for word in words}
    ranked = sorted(words, key=lambda word: (known[word], word))
    values = ", ".join(f"{_quoted(word)}: {i}" for i, word in enumerate(ranked))
    return f"say what each word is worth, such as `labels: {{{values}}}`"


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


def _quoted(value: Column) -> str:
    """Return a name as YAML takes it."""
    import yaml

    return (
        yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()
    )


def _numbered(rows: Rows, layout: Layout, header: bool = False) -> str:
    """Return the numbers of the two columns that look most like sentences, and of a score.

    Args:
        rows: of the file.
        layout: its columns say how many there are.
        header: True if the first line is a header line.
    """
    fields = layout.columns.fields
    lines = [list(row.cells) for row in rows.rows[:_LOOKED_AT]]
    lines = lines if header else [list(rows.names), *lines]
    cells = {i: [str(line[i]) for line in lines if i < len(line)] for i in range(len(rows.names))}
    numeric = [i for i, found in cells.items() if all(map(is_number, found))]
    # Sentences differ from row to row; a genre, a file and a year do not.
    others = sorted(set(cells) - set(numeric), key=lambda i: (-len(set(cells[i])), -sum(map(len, cells[i]))))
    graded = [i for i in numeric if any("." in cell or "," in cell for cell in cells[i])] or numeric
    chosen = list(range(len(fields)))
    if len(fields) == 3 and len(others) >= 2 and graded and isinstance(layout.columns, Columns):
        chosen = [*sorted(others[:2]), graded[-1]]
    return "columns: {" + ", ".join(f"{field}: {i + 1}" for field, i in zip(fields, chosen, strict=True)) + "}"
