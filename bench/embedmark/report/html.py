"""The report as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedmark.report.scaling_figure import scaling_figure
from embedmark.report.view import Tables, make_view


def render_html(manifest: Mapping[str, Any], tables: Tables) -> str:
    """`report.html`: no request to anywhere; the same text for the same run."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("embedmark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2")
    return page.render(
        view=make_view(manifest, tables), manifest=manifest, scaling_figure=scaling_figure(tables, manifest)
    )
