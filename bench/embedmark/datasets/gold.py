"""Scores in a file of their own, line by line: SemEval's input and gold files."""

from __future__ import annotations

from embedmark.datasets.decode import decode
from embedmark.datasets.layout import Layout
from embedmark.datasets.packed import Blob
from embedmark.errors import DatasetError


def scores_in(blob: Blob, layout: Layout, n: int) -> list[str]:
    """Return the first cell of every line; an empty line is a score that is missing.

    Args:
        blob: the file.
        layout: of the file of texts; its encoding and decimal mark count here too.
        n: how many rows the texts have.

    Raises:
        DatasetError: another number of lines.
    """
    # An empty line at the end may be the score of the last pair: SemEval 2015 and 2016 leave most lines empty.
    text = decode(blob.data, layout.encoding, blob.path) if blob.data.strip() else blob.data.decode("ascii", "replace")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    while len(lines) > n and not lines[-1].strip():
        lines.pop()
    lines += [""] * (n - len(lines)) if len(lines) < n <= len(lines) + 1 and not text.endswith("\n") else []
    if len(lines) != n:
        raise DatasetError(
            f"the file of scores has {len(lines):,} lines, and the texts have {n:,} rows",
            where=str(blob.path),
            hint="line N of one belongs to line N of the other: check that the two files belong together",
        )
    return [line.split("\t")[0] for line in lines]
