"""The report as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedmark.derive import Derived
from embedmark.language import current_language, ngettext
from embedmark.language import gettext as _
from embedmark.report.figures.marks import legend_of
from embedmark.report.figures.plots import plots_of
from embedmark.report.sentences.choices import choices_of
from embedmark.report.surroundings import rendered_with, sealed
from embedmark.report.tables import page
from embedmark.report.tables.costs import cost_tables
from embedmark.report.tables.queries import query_lists
from embedmark.report.tables.summary import make_view
from embedmark.report.text.fold import hold
from embedmark.report.text.names import metric_title, status_name
from embedmark.store.manifest.model import Manifest
from embedmark.store.suite_text import suite_text

if TYPE_CHECKING:
    from jinja2 import Template


def render_html(manifest: Manifest, derived: Derived, sentences: page.Sentences) -> str:
    """`report.html`: no request to anywhere; the same text for the same run, matplotlib and sentences.

    Args:
        sentences: by dataset and pair id, of the datasets whose sentences are at hand.
    """
    view = make_view(manifest, derived)
    names = [dataset.name for dataset in manifest.datasets]
    tables = derived.tables
    timed = [row for row in tables["latency.csv"] if row.n_calls]
    text = _template().render(
        _=_,
        ngettext=ngettext,
        status_name=status_name,
        metric_title=metric_title,
        lang=current_language(),
        title=str(manifest.suite.name or manifest.run_id),
        choices=choices_of(derived, manifest),
        view=view,
        manifest=manifest,
        rendered_with=rendered_with(name for name in names if name in sentences),
        plots=plots_of(derived, manifest),
        overview=page.overview(view),
        summaries=page.summary_tables(view),
        comparisons=[(n, t) for n in names if (t := page.comparison_table(derived, n)).rows],
        latency=page.latency_view(timed),
        scaling=page.scaling_view(tables["scaling.csv"]),
        rough_times=page.rough_times(tables["scaling.csv"]),
        costs=page.cost_view(tables["cost.csv"]),
        at_volume=cost_tables(derived, manifest),
        break_even=page.break_even_lines(derived),
        pair_lists=page.pair_lists(derived, names, sentences),
        query_lists=query_lists(manifest, derived.details.retrieval),
        metrics={name: derived.findings.main_metric(name) for name in names},
        files=page.raw_files(manifest),
        suite_text=suite_text(manifest.suite.to_json()),
        # Every look at the machine, one by one, is for programs.
        seen_of_host={key: value for key, value in manifest.host.to_json().items() if key != "log"},
        facts=page.facts,
        legend_of=legend_of,
        hold=hold,
    )
    return sealed(text)


def _template() -> Template:
    """Return the page's template; what strangers wrote is escaped in it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("embedmark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
