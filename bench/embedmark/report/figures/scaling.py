"""Seconds of all pairs against n, both logarithmic: measured, fitted, projected, with intervals and crossovers."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embedmark.allpairs.counts import multiplied
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.figures.style import is_drawing, numbered_ids
from embedmark.report.sentences.projections import is_rough
from embedmark.report.sentences.scaling import FAR, largest_measured, leading
from embedmark.report.text.numbers import duration
from embedmark.store.cells import Cell
from embedmark.store.manifest.model import Manifest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = Mapping[str, Cell]
Tables = Mapping[str, Sequence[Row]]

# Okabe and Ito's colours, told apart by readers with any colour vision; markers and dashes say the same again.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = {"bi-encoder": "o", "cross-encoder": "s", "two-stage": "^"}
_FAMILIES = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
_INK = "#010203"  # becomes the page's own colour of text, light or dark
_TIMES = ((translatable("1 s"), 1.0), (translatable("1 min"), 60.0), (translatable("1 h"), 3600.0),
          (translatable("1 day"), 86_400.0))  # fmt: skip


def scaling_figure(tables: Tables, manifest: Manifest) -> str:
    """An SVG of scaling.csv: one curve a provider and pairing; empty text where no scaling was measured.

    Filled points are measured, the ringed one was kept out of the fit, which is dashed; hollow points are projected,
    with their 95 % interval unless that says nothing; those on grey ground are over a hundred times the largest
    measured size, an order of magnitude at best. Dotted lines are a second, a minute, an hour and a day, crossed at the
    marked n.
    Text is text: it can be searched and read aloud. The same tables give the same bytes.
    """
    drawn, facts = leading(tables)
    rows = [row for row in drawn if isinstance(row["seconds"], float) and row["seconds"] > 0]
    if not rows:
        return ""
    if not is_drawing():
        return _inline("<svg></svg>\n", rows, manifest)
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # The style is set here, so that a user's matplotlibrc does not change the report.
    style: dict[Any, Any] = dict(mpl.rcParamsDefault)
    style |= dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK)
    style |= {"svg.fonttype": "none", "svg.hashsalt": "embedmark"}
    with mpl.rc_context(style), warnings.catch_warnings():
        # Letters that matplotlib's own font lacks, such as Korean ones, are drawn by the reader's browser.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=(8, 5))
        figure.subplots_adjust(left=0.09, right=0.98, bottom=0.1, top=0.98)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for i, name in enumerate(dict.fromkeys(str(row["provider"]) for row in rows)):
            mine = [row for row in rows if row["provider"] == name]
            colour = _COLOURS[i % len(_COLOURS)]
            _fit(axes, name, mine, facts, colour)
            _curve(axes, name, mine, tables["scaling.csv"], [f for f in facts if f["provider"] == name], colour)
        _frame(axes, largest_measured(rows))
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inline(buffer.getvalue(), rows, manifest)


def _fit(axes: Axes, name: str, rows: Sequence[Row], facts: Sequence[Row], colour: str) -> None:
    """The fitted curve, from its coefficients; that of a pairing is the sum of its stages'."""
    import numpy as np

    terms = {
        (str(f["provider"]), str(f["fact"])): _real(f["value"]) for f in facts if str(f["fact"]).startswith("fit-")
    }
    if rows[0]["kind"] == "two-stage":
        fitted = {provider for provider, _fact in terms}
        bi, cross = next((both for both in _splits(name) if fitted.issuperset(both)), (name, name))
    else:
        bi, cross = name, name
    sizes = [_real(row["n"]) for row in rows]
    n = np.geomspace(min(sizes), max(sizes), 60)
    pairs = n * (n - 1) / 2
    k = next((_real(f["candidates"]) for f in facts if f["provider"] == name and f["candidates"] is not None), np.inf)
    products = np.array([multiplied(each) for each in n.tolist()])
    work = {"constant": np.ones_like(n), "per-text": n, "per-pair": pairs, "per-product": products}
    seconds = np.zeros_like(n)
    for (provider, fact), value in terms.items():
        stage, term = fact.split("-", 2)[1:]
        if provider == (cross if stage == "predict" else bi):
            seconds += value * (np.minimum(n * k, pairs) if (stage, term) == ("predict", "per-pair") else work[term])
    if seconds.all():
        axes.plot(n, seconds, "--", color=colour, lw=1.3)


def _splits(name: str) -> list[tuple[str, str]]:
    """Every way to read `a+b`, since a name may hold a plus sign of its own."""
    parts = name.split("+")
    return [("+".join(parts[:i]), "+".join(parts[i:])) for i in range(1, len(parts))]


def _curve(axes: Axes, name: str, rows: Sequence[Row], every: Sequence[Row], facts: Sequence[Row], colour: str) -> None:
    marker = _MARKERS[str(rows[0]["kind"])]
    measured = [row for row in rows if row["basis"] != "projected"]
    projected = [row for row in rows if row["basis"] == "projected"]
    held_out = [row for row in rows if row["basis"] == "held-out"]
    off = next((fact["value"] for fact in facts if fact["fact"] == "projection-off"), None)
    label = name + (_(" (projection off by {off:+.0f} %)", off=100 * off) if isinstance(off, float) else "")
    axes.plot(*_points(measured), marker, color=colour, ms=6, label=label)
    axes.plot(*_points(projected), marker, color=colour, ms=6, mfc="none")
    axes.plot(*_points(held_out), "o", color=colour, ms=13, mfc="none", mew=1.2)
    known = [row for row in projected if not is_rough(row, every)]
    if known:
        n, _seconds = _points(known)
        low = [_real(row["seconds_ci_low"]) for row in known]
        axes.fill_between(n, low, [_real(row["seconds_ci_high"]) for row in known], color=colour, alpha=0.15, lw=0)
    if rows[0]["kind"] == "cross-encoder":
        _crossings(axes, facts, colour, largest_measured(every) if len(known) < len(projected) else math.inf)


def _crossings(axes: Axes, facts: Sequence[Row], colour: str, exact: float) -> None:
    """Mark where a curve passes a second, a minute, an hour and a day; beyond `exact` texts to two digits only."""
    limits = dict(zip(("1-s", "1-min", "1-h", "1-day"), (seconds for _words, seconds in _TIMES), strict=True))
    for fact in facts:
        limit, n = limits.get(str(fact["fact"]).removeprefix("longer-than-")), fact["value"]
        if limit is not None and isinstance(n, int | float):
            axes.plot([n], [limit], "x", color=colour, ms=8, mew=2)
            text = f"n = {n:,.0f}" if n <= exact else f"n ≈ {float(f'{n:.1e}'):,.0f}"
            axes.annotate(text, (n, limit), (7, -11), textcoords="offset points", fontsize=8, color=colour)


def _frame(axes: Axes, largest: int) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    for words, seconds in _TIMES:
        if low < seconds < high:
            axes.axhline(seconds, color="#888888", lw=0.8, ls=":")
            axes.annotate(_(words), (left, seconds), (3, 2), textcoords="offset points", fontsize=8, color="#666666")
    if largest:
        axes.axvline(largest, color="#888888", lw=0.8)
        axes.annotate(
            _("measured | projected"), (largest, low), (0, 4), textcoords="offset points", ha="center", fontsize=8,
            color="#666666",
        )  # fmt: skip
    if largest and FAR * largest < right:
        axes.axvspan(FAR * largest, right, color="#888888", alpha=0.15, lw=0)
        axes.set_xlim(left, right)
        axes.annotate(
            _("far beyond"), (math.sqrt(FAR * largest * right), low), (0, 16), textcoords="offset points", ha="center",
            fontsize=8, color="#666666",
        )  # fmt: skip
    axes.set_xlabel(_("texts n"))
    axes.set_ylabel(_("seconds for all pairs"))
    axes.grid(visible=True, which="major", color="#888888", alpha=0.2)
    for text in axes.legend(frameon=False, fontsize=9, loc="upper left").get_texts():
        text.set_parse_math(False)  # a name with dollar signs is a name


def _points(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    return [_real(row["n"]) for row in rows], [_real(row["seconds"]) for row in rows]


def _inline(svg: str, rows: Sequence[Row], manifest: Manifest) -> str:
    """The SVG element alone, as wide as its place, with a title for those who cannot see it."""
    element = re.sub(r"\s*<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    element = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", element, count=1)
    element = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1)
    element = re.sub(r"font: [^;\"]*?(\d+(?:\.\d+)?px)[^;\"]*", rf"font: \1 {_FAMILIES}", element)
    # Inside a page an SVG needs no namespaces, and a page without addresses makes no requests.
    element = re.sub(r' xmlns(:xlink)?="[^"]*"', "", element).replace("xlink:href", "href")
    element = numbered_ids(element.replace(_INK, "currentColor"))
    largest = max(rows, key=lambda row: _real(row["seconds"]))
    title = _escape(
        _(
            "Seconds for all pairs against the number of texts, {dataset}; the most: {provider}, {time} at {n:,} texts",
            dataset=manifest.datasets[0].name,
            provider=largest["provider"],
            time=duration(largest["seconds"]),
            n=largest["n"],
        )
    )
    head, _sign, body = element.partition(">")
    labelled = f'role="img" aria-label="{title}" style="max-width: 52rem; width: 100%; height: auto"'
    return f"{head} {labelled}><title>{title}</title>{body}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _real(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
