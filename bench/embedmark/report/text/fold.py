"""Text on lines of a given width, where a Korean letter takes two columns: broken where a reader would break it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HARD = "\u00a0"
MARK = "● "  # before the name of who is best, or ties with the best


def hold(text: str) -> str:
    """Return the text with a space that no line breaks at between a number and its percent sign."""
    return re.sub(r"(?<=\d) %", f"{_HARD}%", text)


def hold_commands(text: str) -> str:
    """Return the text with spaces that no line breaks at within its `commands`, which are pasted."""
    return re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", _HARD), hold(text))


def wrap(text: str, width: int) -> list[str]:
    """Return a sentence on lines of at most `width` columns: broken at spaces, and within a word only where it must be.

    Where `hold` put a space that does not break, a plain one is printed.
    """
    from rich.cells import cell_len, chop_cells

    words = [
        part for word in text.split(" ") for part in (chop_cells(word, width) if cell_len(word) > width else [word])
    ]
    return [line.rstrip().replace(_HARD, " ") for line in _filled((f"{word} " for word in words), width)] or [""]


def fold_name(name: str, width: int) -> str:
    """Return a name on lines of at most `width` columns: broken after - _ or a space, and elsewhere only if it must be.

    A mark before it is on the first line, and the other lines are indented by its width.
    """
    from rich.cells import cell_len, chop_cells

    mark = MARK if name.startswith(MARK) else ""
    room = max(2, width - cell_len(mark))
    parts = re.findall(r"[^-_ ]*[-_ ]|[^-_ ]+", name.removeprefix(MARK))
    pieces = [
        piece for part in parts for piece in (chop_cells(part, room) if cell_len(part.rstrip()) > room else [part])
    ]
    return mark + ("\n" + " " * cell_len(mark)).join(line.rstrip() for line in _filled(pieces, room))


def _filled(pieces: Iterable[str], width: int) -> list[str]:
    """Return as many pieces on each line as fit; a space at a line's end needs no room."""
    from rich.cells import cell_len

    lines: list[str] = []
    for piece in pieces:
        if lines and cell_len((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines
