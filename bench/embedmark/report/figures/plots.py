"""Which figures a run has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embedmark.derive import Derived
from embedmark.derive.findings import ProviderDifference
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.language import gettext as _
from embedmark.report.figures.compression import compression_plots
from embedmark.report.figures.forest import forest_figure
from embedmark.report.figures.model import Plot
from embedmark.report.figures.retrieval import retrieval_plots
from embedmark.report.figures.scaling import scaling_figure
from embedmark.report.figures.speed import latency_figure, throughput_figure
from embedmark.report.figures.style import one_look_each
from embedmark.report.figures.tradeoff import Point, tradeoff_figure
from embedmark.report.figures.volume import volume_plots
from embedmark.report.text.names import plural
from embedmark.report.text.numbers import family, metric_name
from embedmark.store.manifest.model import Manifest

_ALL_PAIRS_UP_TO = 5  # providers; with more, each is held against the best one only
_MOST_FORESTS = 4  # datasets that have a forest plot; the tables have all


def plots_of(derived: Derived, manifest: Manifest) -> dict[str, list[Plot]]:
    """Figures by section: retrieval, tradeoff, differences, latency, throughput, scaling, compression, volume."""
    if not manifest.datasets:
        return {}
    first = manifest.datasets[0].name
    with one_look_each(_names(derived, manifest)):
        return {
            "retrieval": retrieval_plots(derived),
            "tradeoff": _tradeoffs(derived.tables["summary.csv"], first),
            "differences": _forests(derived, [dataset.name for dataset in manifest.datasets]),
            "latency": _latencies(derived, first),
            "throughput": _throughputs(derived.tables["throughput.csv"], first),
            "scaling": _scaling(derived, manifest),
            "compression": compression_plots(derived),
            "volume": volume_plots(derived),
        }


def _names(derived: Derived, manifest: Manifest) -> list[str]:
    """Return the providers in the suite's order, and then fusions and pairings."""
    others = [row.provider for row in derived.tables["summary.csv"]]
    others += [row.provider for row in derived.tables["scaling.csv"]]
    return [*(provider.name for provider in manifest.providers), *others]


def _scaling(derived: Derived, manifest: Manifest) -> list[Plot]:
    svg = scaling_figure(derived.tables, manifest)
    caption = _(
        "Seconds to compare every pair within n texts. Filled: measured; ringed: measured and kept out of the fit; "
        "dashed: the fit; hollow: projected, with a 95 % interval of its own, or none where too few sizes were timed."
    )
    return [Plot(caption, svg)] if svg else []


def _tradeoffs(summary: Sequence[SummaryRow], dataset: str) -> list[Plot]:
    rows = [row for row in summary if row.dataset == dataset and row.value is not None]
    plots = []
    for unit in ("text", "pair", "image"):
        of_unit = [row for row in rows if row.unit == unit]
        speed = _points((row, row.items_per_s) for row in of_unit)
        y_label = metric_name(str(of_unit[0].metric)) if of_unit else ""
        if len(speed) > 1 or (speed and unit != "pair"):
            svg = tradeoff_figure(
                f"speed-{unit}", speed, x_label=_("{units} per second, best batch size measured", units=plural(unit)),
                y_label=y_label, smaller_x=False,
            )  # fmt: skip
            caption = _("Quality against throughput on {dataset}; up and to the right is better.", dataset=dataset)
            plots.append(Plot(f"{caption} {_dashed()}", svg))
        cost = _points((row, _per_million(row)) for row in of_unit)
        if len(cost) > 1:
            svg = tradeoff_figure(
                f"cost-{unit}",
                cost,
                x_label=_("USD for 1M {units}", units=plural(unit)),
                y_label=y_label,
                smaller_x=True,
            )
            caption = _("Quality against cost on {dataset}; up and to the left is better.", dataset=dataset)
            plots.append(Plot(f"{caption} {_dashed()}", svg))
    return plots


def _dashed() -> str:
    return _("Vertical lines are 95 % intervals, each alone; the dashed line joins the Pareto frontier.")


def _per_million(row: SummaryRow) -> float | None:
    return None if row.usd_per_1k_items is None else row.usd_per_1k_items * 1000


def _points(rows: Iterable[tuple[SummaryRow, float | None]]) -> list[Point]:
    return [
        Point(name=row.provider, x=x, y=row.value, low=row.ci_low, high=row.ci_high, unit=str(row.unit))
        for row, x in rows
        if x is not None and x > 0 and row.value is not None
    ]


def _forests(derived: Derived, datasets: Sequence[str]) -> list[Plot]:
    plots = []
    for i, dataset in enumerate(datasets[:_MOST_FORESTS]):
        metric = derived.findings.main_metric(dataset)
        best = next((f.best for f in derived.findings.datasets if (f.dataset, f.metric) == (dataset, metric)), None)
        found = [c for c in derived.findings.comparisons if (c.dataset, c.metric) == (dataset, metric)]
        known = [c for c in found if c.ci_low is not None]
        providers = {name for c in known for name in (c.provider_a, c.provider_b)}
        if len(providers) > _ALL_PAIRS_UP_TO:
            known = [_from_best(c, best) for c in known if best in (c.provider_a, c.provider_b)]
        if known:
            what = _("every two providers")
            if len(providers) > _ALL_PAIRS_UP_TO:
                what = _("{best} and each other provider", best=best)
            caption = _(
                "Paired differences between {what} on {dataset}; filled where shown to differ, else hollow; lines are "
                "intervals ({family}).",
                what=what,
                dataset=dataset,
                family=family(sum(c.ci_low is not None for c in found)),
            )
            plots.append(Plot(caption, forest_figure(f"forest-{i}", known)))
    return plots


def _from_best(c: ProviderDifference, best: str | None) -> ProviderDifference:
    """Return the comparison with the best provider first."""
    from dataclasses import replace

    if c.provider_a == best or c.diff is None or c.ci_low is None or c.ci_high is None:
        return c
    verdict = {"better": "worse", "worse": "better"}.get(c.verdict, c.verdict)
    return replace(
        c, provider_a=c.provider_b, provider_b=c.provider_a, diff=-c.diff, ci_low=-c.ci_high, ci_high=-c.ci_low,
        verdict=verdict,  # type: ignore[arg-type]  # one of Verdict's
    )  # fmt: skip


def _latencies(derived: Derived, dataset: str) -> list[Plot]:
    plots = []
    curves = [curve for curve in derived.details.curves if curve.dataset == dataset]
    for scenario in dict.fromkeys(curve.scenario for curve in curves):
        of_scenario = [curve for curve in curves if curve.scenario == scenario]
        caption = _("Distribution of latency in scenario {scenario}; further left is faster.", scenario=scenario)
        plots.append(Plot(caption, latency_figure(f"latency-{scenario}", of_scenario)))
    return plots


def _throughputs(rows: Sequence[ThroughputRow], dataset: str) -> list[Plot]:
    timed = [row for row in rows if row.dataset == dataset and row.items_per_s is not None]
    if not timed:
        return []
    images = [row for row in timed if row.unit == "image"]
    what = _("images") if images else _("texts of a bi-encoder, pairs of a cross-encoder")
    caption = _("Throughput by batch size, both axes logarithmic: {what}.", what=what)
    return [Plot(caption, throughput_figure("throughput", images or timed))]
