"""Help on the terminal, where a Korean letter takes two columns; click counts letters."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

_FEWEST_COLUMNS = 10  # of the text beside an option


class CellFormatter(click.HelpFormatter):
    """As click's, but as wide as the terminal shows it."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, indented, on lines that fit."""
        blank = " " * self.current_indent
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
        shown = ["".join(f"{blank}{line}\n" for line in self._lines(part, self.current_indent)) for part in paragraphs]
        self.write("\n".join(shown))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms and what they mean, in two columns."""
        from rich.cells import cell_len

        rows = list(rows)
        first = min(max(cell_len(term) for term, _ in rows), col_max) + col_spacing
        below = " " * (self.current_indent + first)
        for term, meaning in rows:
            room = first - cell_len(term)
            head = f"{' ' * self.current_indent}{term}"
            lines = self._lines(meaning, len(below)) if meaning else [""]
            lines = lines if room >= col_spacing else ["", *lines]
            text = head + " " * max(0, room) + f"\n{below}".join(lines)
            self.write("\n".join(line.rstrip() for line in text.split("\n")) + "\n")

    def _lines(self, text: str, indent: int) -> list[str]:
        from embedmark.report.text.fold import hold_commands, wrap

        return wrap(hold_commands(text), max(self.width - indent, _FEWEST_COLUMNS))


class CellContext(click.Context):
    """A context whose help is as wide as the terminal shows it."""

    formatter_class = CellFormatter
