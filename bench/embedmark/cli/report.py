"""`embedmark report RUN`."""

from __future__ import annotations

from pathlib import Path

import click

from embedmark.cli.options import lang_option
from embedmark.cli.output import kept_in


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--md", "form", flag_value="md", help="Print the Markdown report.")
@click.option("--html", "form", flag_value="html", help="Print the path of report.html.")
@click.option("--format", "file_format", type=click.Choice(["json"]), help="Print the report as JSON.")
@lang_option
def command(run: Path, form: str | None, file_format: str | None, lang: str | None) -> int:
    """Derive every table of a run again from its raw rows."""
    from embedmark import pipeline
    from embedmark.language import from_english, using
    from embedmark.language import gettext as _
    from embedmark.report.json import json_text
    from embedmark.report.terminal import print_report

    form = form or file_format  # click would hold --md and --html against the choices of --format
    derived = pipeline.report(run, lang=lang)
    kept_in(run)
    for notice in derived.warnings:
        if notice.code == "broken-seal":  # never folded away with the other warnings
            click.echo(_("warning: {message}; {advice}", message=from_english(notice.message),
                         advice=from_english(notice.advice)), err=True)  # fmt: skip
    if form == "md":
        click.echo((run / "report.md").read_text(encoding="utf-8"), nl=False)
    elif form == "json":
        click.echo(json_text(derived.raw.manifest, derived.derived), nl=False)
    elif form == "html":
        click.echo(str(run / "report.html"))
    else:
        with using(lang or derived.screen_language, derived.raw.manifest.names):
            print_report(derived.raw.manifest, derived.derived, run)
    return 0
