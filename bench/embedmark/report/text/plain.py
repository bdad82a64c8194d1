"""A plain table as rich draws it, without rich, whose import would take as long as many commands' own work."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Sequence

_COLUMNS = 80  # of a terminal that does not say
_GAP = "  "


def plain_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], width: int, numbers: Collection[int] = ()
) -> str | None:
    """Return a table of one line a row; None if it does not fit, or a cell has lines or characters of its own.

    Args:
        titles: of the columns.
        rows: of as many cells.
        width: of the terminal.
        numbers: the places of columns whose cells are at the right.
    """
    from rich.cells import cell_len

    lines = [titles, *rows]
    if not rows or not all(cell.isprintable() for line in lines for cell in line):
        return None
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    whole = sum(widths) + len(_GAP) * (len(widths) - 1)
    if whole > width or 0 in widths:
        return None
    head, *body = [
        _GAP.join(
            _filled(cell, room, place in numbers) for place, (cell, room) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([head, "─" * whole, *body])


def _filled(cell: str, columns: int, is_number: bool) -> str:
    from rich.cells import cell_len

    blanks = " " * (columns - cell_len(cell))
    return blanks + cell if is_number else cell + blanks


def terminal_width() -> int:
    """Return the columns of the terminal: `COLUMNS`, or those of the first standard stream that is one, or 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit():
        return int(said) or _COLUMNS
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            return os.get_terminal_size(stream.fileno()).columns or _COLUMNS  # type: ignore[union-attr]
    return _COLUMNS


def can_be_plain() -> bool:
    """Return True if stdout takes the lines of a table as they are: a pipe or a file in UTF-8, with no color asked."""
    if os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE"):
        return False
    is_utf = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    return is_utf and not sys.stdout.isatty()
