"""What a figure answers where the pointer is, and what its legend shows and hides.

matplotlib writes an artist's gid as the id of its group. `mark` packs the answer into the gid, and `unpacked` makes
attributes of it that the page's script reads.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final

_GID: Final = re.compile(r'\bid="mark\.([0-9a-f]+)"')
_ENTRY: Final = re.compile(r'data-series="([^"]*)" data-color="(--s\d)" data-glyph="([^"]*)"')
_GLYPHS: Final = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖",
                  "-": "──", "--": "╌╌", "-.": "─·", ":": "···"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A series of a figure: its name, the CSS variable of its color, and the shape that it is drawn with."""

    series: str
    color: str
    glyph: str


def mark(artist: Any, tip: str = "", *, entry: LegendEntry | None = None) -> None:
    """Let an artist answer with `tip`, and belong to a series of the legend."""
    parts = (tip,) if entry is None else (tip, entry.series, entry.color, entry.glyph)
    artist.set_gid("mark." + json.dumps(parts).encode().hex())


def legend_entry(series: str, color: int, shape: str) -> LegendEntry:
    """Return the entry of a series: the number of its color from 1, and its marker or line style in matplotlib."""
    return LegendEntry(series=series, color=f"--s{color}", glyph=_GLYPHS.get(shape, "●"))


def unpacked(svg: str) -> str:
    """Return the figure with each mark as attributes of its group."""
    return _GID.sub(_attributes, svg)


def legend_of(svg: str) -> list[LegendEntry]:
    """Return the series of a figure in the order in which they are drawn."""
    found = dict.fromkeys(_ENTRY.findall(svg))
    return [LegendEntry(series=unescape(name), color=color, glyph=glyph) for name, color, glyph in found]


def _attributes(found: re.Match[str]) -> str:
    tip, *entry = json.loads(bytes.fromhex(found.group(1)))
    text = f'data-tip="{escape(tip)}"' if tip else ""
    if entry:
        text += f' data-series="{escape(entry[0])}" data-color="{entry[1]}" data-glyph="{entry[2]}"'
    return text.strip()
