"""Figures as inline SVG: real text in the reader's fonts, colours that follow the page, the same bytes every time."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from embedmark.report.figures.marks import unpacked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Series 1 to 7 after Okabe and Ito's palette for all kinds of colour vision; the page sets each for light and dark.
# matplotlib draws with these placeholders, and every one is then replaced by its CSS variable.
SERIES: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f5f2f")
INK: Final = "#010203"
SOFT: Final = "#040506"
LINE: Final = "#070809"
PAPER: Final = "#0a0b0c"
_VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", PAPER: "--paper"} | {
    color: f"--s{i}" for i, color in enumerate(SERIES, start=1)
}
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")

_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "embedmark",
    "text.parse_math": False,
    "font.size": 10,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "axes.unicode_minus": True,
}


_is_drawing: ContextVar[bool] = ContextVar("is_drawing", default=True)


@contextmanager
def undrawn() -> Iterator[None]:
    """Within, each figure is an empty element with its description: matplotlib is not imported."""
    token = _is_drawing.set(False)
    try:
        yield
    finally:
        _is_drawing.reset(token)


def is_drawing() -> bool:
    """Return False within `undrawn`."""
    return _is_drawing.get()


def draw(name: str, alt: str, height: float, paint: Callable[[Figure, Axes], None], *, width: float = 7.2) -> str:
    """Return a figure as an `<svg>` element.

    Args:
        name: unique on its page; all ids begin with it.
        alt: what the figure shows, for those who do not see it.
        height, width: inches; the page scales the figure to its column.
        paint: draws on the axes.
    """
    if not is_drawing():
        return f'<svg role="img" aria-label="{escape(alt)}"></svg>'
    import warnings

    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, _STYLE))
        # The fonts are the reader's: what matplotlib's own font lacks (Korean, emoji) matters for no glyph here.
        warnings.filterwarnings("ignore", message=".*Glyph.*missing from")
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure, figure.subplots())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return inline(buffer.getvalue(), name, alt)


def inline(svg: str, name: str, alt: str) -> str:
    """matplotlib's SVG file as an element of a page: no prologue, ids of its own, colours and fonts of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = numbered_ids(unpacked(svg))
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]*;?\s*", "", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(size.group(1)), float(size.group(2))) if size else (0.0, 0.0)
    left, right = _overhang(svg, width)
    head = f'<svg role="img" aria-label="{escape(alt)}" viewBox="{-left} 0 {width + left + right:g} {height:g}">'
    return head + svg[svg.index(">") + 1 :].strip()


def numbered_ids(svg: str) -> str:
    """Return the figure with hashed ids counted from 1: they are hashes of floats, whose last digits differ by CPU."""
    for number, found in enumerate(dict.fromkeys(re.findall(r'\bid="(\w*[0-9a-f]{10})"', svg)), start=1):
        svg = re.sub(rf'(\bid="|href="#|url\(#){re.escape(found)}(?=["\)])', rf"\g<1>i{number}", svg)
    return svg


# Its size, its anchor if it is not the start, its place, and its words.
_LEVEL_TEXT: Final = re.compile(
    r'<text style="font-size: ([\d.]+)px;(?: text-anchor: (\w+);)?[^>]* x="([-\d.]+)"'
    r'[^>]* transform="rotate\(-?0 [^>]*>([^<]*)</text>'
)


def _overhang(svg: str, width: float) -> tuple[int, int]:
    """Return how far texts reach beyond the left and the right edge of a figure of this width, in its points.

    matplotlib's own font has no Korean, Chinese or emoji, and sets 0.6 em for each; in the reader's font it is 1 em.
    A text that is turned is left out: it has room up and down.
    """
    left = right = 0.0
    for size, anchor, x, text in _LEVEL_TEXT.findall(svg):
        wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
        if not wide:
            continue  # laid out as it will be drawn
        reach = float(size) * (wide + 0.6 * (len(text) - wide))
        start = float(x) - reach * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        left, right = max(left, -start), max(right, start + reach - width)
    return math.ceil(left), math.ceil(right)


def fitting_name(name: str, columns: int = 26) -> str:
    """Return a name as a figure has room for it: in columns of a terminal, of which a Korean letter takes two."""
    used = 0
    for i, char in enumerate(name):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > columns:
            return name[: max(1, i - 1)] + "…"
    return name


def series(i: int) -> tuple[str, str]:
    """Colour and marker of the i-th series: no two of the first 49 look the same."""
    return SERIES[i % len(SERIES)], MARKERS[(i + i // len(SERIES)) % len(MARKERS)]


_places: ContextVar[Mapping[str, int]] = ContextVar("places", default=MappingProxyType({}))


@contextmanager
def one_look_each(names: Iterable[str]) -> Iterator[None]:
    """Within, a provider has the same color and marker in every figure: its place among `names` chooses them."""
    token = _places.set({name: place for place, name in enumerate(dict.fromkeys(names))})
    try:
        yield
    finally:
        _places.reset(token)


def place_of(name: str, otherwise: int) -> int:
    """Return the place of a provider within `one_look_each`, else its place in the figure."""
    return _places.get().get(name, otherwise)


def plain_log(axis: Any) -> None:
    """Ticks of a logarithmic axis as plain numbers: 0.01, 1, 1,000."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = sorted(axis.get_view_interval())
    few_decades = low > 0 and high / low < 100
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_decades else (1,), numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
    axis.set_minor_formatter(NullFormatter())


def plain_number(value: float) -> str:
    """Return a number without an exponent: 0.00001, 1,000."""
    text = f"{value:,.10g}"
    return f"{value:,.12f}".rstrip("0").rstrip(".") if "e" in text else text
