"""From a file's bytes to its rows: the layout that the suite and the bytes say, then the reader of its format."""

from __future__ import annotations

from dataclasses import replace

from embedmark.datasets.binary import rows_of_arrow, rows_of_excel, rows_of_parquet
from embedmark.datasets.columns import AnyColumns
from embedmark.datasets.decode import decode, encoding_of, note_on_mark
from embedmark.datasets.detect import detect_binary, detect_text
from embedmark.datasets.layout import Layout, Reading
from embedmark.datasets.objects import rows_of_json, rows_of_jsonl
from embedmark.datasets.packed import Blob
from embedmark.datasets.rows import Rows
from embedmark.datasets.tables import rows_of_table


def layout_for(blob: Blob, columns: AnyColumns, reading: Reading) -> tuple[Layout, str]:
    """Return how a file is to be read, and its text; "" for a binary file. Raises DatasetError."""
    layout = detect_binary(blob.data, columns, reading, blob.path)
    if layout is not None:
        return layout, ""
    encoding = reading.get("encoding") or "utf-8"
    text = decode(blob.data, encoding, blob.path)
    layout = detect_text(text, columns, reading, blob.path)
    if marked := note_on_mark(blob.data, encoding):
        layout = replace(layout, encoding=encoding_of(blob.data, encoding), said=(marked, *layout.said))
    return layout, text


def rows_in(blob: Blob, layout: Layout, text: str) -> Rows:
    """Return the rows of a file. Raises DatasetError."""
    if layout.format == "parquet":
        return rows_of_parquet(blob.data, blob.path)
    if layout.format == "arrow":
        return rows_of_arrow(blob.data, blob.path)
    if layout.format == "excel":
        return rows_of_excel(blob.data, blob.path, layout.sheet, layout.skip_lines, layout.has_header)
    if layout.format == "jsonl":
        return rows_of_jsonl(text, layout.columns, blob.path)
    if layout.format == "json":
        return rows_of_json(text, layout.columns, blob.path)
    return rows_of_table(text, layout, blob.path)
