"""Seconds of all pairs against n, both logarithmic: measured, fitted, projected, with intervals and crossovers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embedmark.allpairs.counts import multiplied
from embedmark.derive.rows.tables import Tables
from embedmark.derive.rows.timing import ScalingFactRow, ScalingRow
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.figures.marks import LegendEntry, legend_entry, mark
from embedmark.report.figures.style import LINE, SERIES, SOFT, draw, place_of, plain_log
from embedmark.report.sentences.projections import is_rough, time_text
from embedmark.report.sentences.scaling import FAR, largest_measured, leading
from embedmark.report.text.numbers import duration, or_nan
from embedmark.store.manifest.model import Manifest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_MARKERS = {"bi-encoder": "o", "cross-encoder": "s", "two-stage": "^"}
_TIMES = ((translatable("1 s"), 1.0), (translatable("1 min"), 60.0), (translatable("1 h"), 3600.0),
          (translatable("1 day"), 86_400.0))  # fmt: skip


def scaling_figure(tables: Tables, manifest: Manifest) -> str:
    """Return an SVG of scaling.csv: one curve a provider and pairing; empty text where no scaling was measured.

    Filled points are measured, the ringed one was kept out of the fit, which is dashed; hollow points are projected,
    with their 95 % interval unless that says nothing; those on grey ground are over a hundred times the largest
    measured size, an order of magnitude at best. Dotted lines are a second, a minute, an hour and a day, crossed at the
    marked n. Each point answers with its n and its time.
    """
    drawn, facts = leading(tables)
    rows = [row for row in drawn if row.seconds is not None and row.seconds > 0]
    if not rows:
        return ""

    def paint(_figure: Figure, axes: Axes) -> None:
        for i, name in enumerate(dict.fromkeys(row.provider for row in rows)):
            mine = [row for row in rows if row.provider == name]
            own_facts = [fact for fact in facts if fact.provider == name]
            entry = _entry(name, i, mine, own_facts)
            _fit(axes, name, mine, facts, entry)
            _curve(axes, mine, tables["scaling.csv"], own_facts, entry)
        _frame(axes, largest_measured(rows))

    return draw("scaling", _title(rows, manifest), 4.6, paint, width=8.0)


def _entry(name: str, place: int, rows: Sequence[ScalingRow], facts: Sequence[ScalingFactRow]) -> LegendEntry:
    off = next((fact.value for fact in facts if fact.fact == "projection-off"), None)
    label = name + (_(" (projection off by {off:+.0f} %)", off=100 * off) if off is not None else "")
    return legend_entry(label, place_of(name, place) % len(SERIES) + 1, _MARKERS[str(rows[0].kind)])


def _colour(entry: LegendEntry) -> str:
    return SERIES[int(entry.color.removeprefix("--s")) - 1]


def _fit(
    axes: Axes, name: str, rows: Sequence[ScalingRow], facts: Sequence[ScalingFactRow], entry: LegendEntry
) -> None:
    """Draw the fitted curve from its coefficients; that of a pairing is the sum of its stages'."""
    import numpy as np

    terms = {(f.provider, f.fact): or_nan(f.value) for f in facts if f.fact.startswith("fit-")}
    if rows[0].kind == "two-stage":
        fitted = {provider for provider, _fact in terms}
        bi, cross = next((both for both in _splits(name) if fitted.issuperset(both)), (name, name))
    else:
        bi, cross = name, name
    sizes = [or_nan(row.n) for row in rows]
    n = np.geomspace(min(sizes), max(sizes), 60)
    pairs = n * (n - 1) / 2
    k = next((or_nan(f.candidates) for f in facts if f.provider == name and f.candidates is not None), np.inf)
    products = np.array([multiplied(each) for each in n.tolist()])
    work = {"constant": np.ones_like(n), "per-text": n, "per-pair": pairs, "per-product": products}
    seconds = np.zeros_like(n)
    for (provider, fact), value in terms.items():
        stage, term = fact.split("-", 2)[1:]
        if provider == (cross if stage == "predict" else bi):
            seconds += value * (np.minimum(n * k, pairs) if (stage, term) == ("predict", "per-pair") else work[term])
    if seconds.all():
        [line] = axes.plot(n, seconds, "--", color=_colour(entry), lw=1.3)
        mark(line, entry=entry)


def _splits(name: str) -> list[tuple[str, str]]:
    """Return every way to read `a+b`, since a name may hold a plus sign of its own."""
    parts = name.split("+")
    return [("+".join(parts[:i]), "+".join(parts[i:])) for i in range(1, len(parts))]


def _curve(
    axes: Axes,
    rows: Sequence[ScalingRow],
    every: Sequence[ScalingRow],
    facts: Sequence[ScalingFactRow],
    entry: LegendEntry,
) -> None:
    colour = _colour(entry)
    projected = [row for row in rows if row.basis == "projected"]
    for row in rows:
        look: dict[str, Any] = {"mfc": "none"} if row.basis == "projected" else {}
        _dot(axes, row, every, entry, {"marker": _MARKERS[row.kind], "ms": 6, **look})
        if row.basis == "held-out":
            _dot(axes, row, every, entry, {"marker": "o", "ms": 13, "mfc": "none", "mew": 1.2})
    known = [row for row in projected if not is_rough(row, every)]
    if known:
        sizes = [or_nan(row.n) for row in known]
        low = [or_nan(row.seconds_ci_low) for row in known]
        high = [or_nan(row.seconds_ci_high) for row in known]
        mark(axes.fill_between(sizes, low, high, color=colour, alpha=0.15, lw=0), entry=entry)
    if rows[0].kind == "cross-encoder":
        exact = largest_measured(every) if len(known) < len(projected) else math.inf
        for artist in _crossings(axes, facts, colour, exact):
            mark(artist, entry=entry)


def _dot(axes: Axes, row: ScalingRow, every: Sequence[ScalingRow], entry: LegendEntry, look: Mapping[str, Any]) -> None:
    [dot] = axes.plot([or_nan(row.n)], [or_nan(row.seconds)], color=_colour(entry), linestyle="none", **look)
    values = {"name": row.provider, "n": row.n, "time": time_text(row, every)}
    measured = row.basis != "projected"
    tip = (
        _("{name}: {n:,} texts, {time}", **values)
        if measured
        else _("{name}: {n:,} texts, {time}, projected", **values)
    )
    mark(dot, tip, entry=entry)


def _crossings(axes: Axes, facts: Sequence[ScalingFactRow], colour: str, exact: float) -> Iterator[Any]:
    """Mark where a curve passes a second, a minute, an hour and a day; beyond `exact` texts to two digits only."""
    limits = dict(zip(("1-s", "1-min", "1-h", "1-day"), (seconds for _words, seconds in _TIMES), strict=True))
    for fact in facts:
        limit, n = limits.get(str(fact.fact).removeprefix("longer-than-")), fact.value
        if limit is not None and n is not None:
            yield from axes.plot([n], [limit], "x", color=colour, ms=8, mew=2)
            text = f"n = {n:,.0f}" if n <= exact else f"n ≈ {float(f'{n:.1e}'):,.0f}"
            yield axes.annotate(text, (n, limit), (7, -11), textcoords="offset points", fontsize=8, color=colour)


def _frame(axes: Axes, largest: int) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    for words, seconds in _TIMES:
        if low < seconds < high:
            axes.axhline(seconds, color=SOFT, lw=0.8, ls=":")
            axes.annotate(_(words), (left, seconds), (3, 2), textcoords="offset points", fontsize=8, color=SOFT)
    if largest:
        axes.axvline(largest, color=SOFT, lw=0.8)
        axes.annotate(
            _("measured | projected"), (largest, low), (0, 4), textcoords="offset points", ha="center", fontsize=8,
            color=SOFT,
        )  # fmt: skip
    if largest and FAR * largest < right:
        axes.axvspan(FAR * largest, right, color=SOFT, alpha=0.15, lw=0)
        axes.set_xlim(left, right)
        axes.annotate(
            _("far beyond"), (math.sqrt(FAR * largest * right), low), (0, 16), textcoords="offset points", ha="center",
            fontsize=8, color=SOFT,
        )  # fmt: skip
    plain_log(axes.xaxis)
    plain_log(axes.yaxis)
    axes.set_xlabel(_("texts n"))
    axes.set_ylabel(_("seconds for all pairs"))
    axes.grid(visible=True, which="major", color=LINE)


def _title(rows: Sequence[ScalingRow], manifest: Manifest) -> str:
    """Return what the figure shows, for those who do not see it."""
    largest = max(rows, key=lambda row: or_nan(row.seconds))
    return _(
        "Seconds for all pairs against the number of texts, {dataset}; the most: {provider}, {time} at {n:,} texts",
        dataset=manifest.datasets[0].name,
        provider=largest.provider,
        time=duration(largest.seconds),
        n=largest.n,
    )
