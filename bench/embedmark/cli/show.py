"""`embedmark show RUN`."""

from __future__ import annotations

from pathlib import Path

import click

from embedmark.cli.options import lang_option


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--warnings", is_flag=True, help="Show every warning and failure, and what to do about each.")
@lang_option
def command(run: Path, warnings: bool, lang: str | None) -> int:
    """Show the report of a run in the terminal. Writes nothing."""
    from embedmark import pipeline
    from embedmark.language import using
    from embedmark.report.terminal import print_report, print_warnings
    from embedmark.store.read import foreign

    found = pipeline.read_run(run)
    derived = found.derived
    with foreign(run), using(lang or found.screen_language, found.raw.manifest.names):
        if warnings:
            print_warnings(found.raw.manifest, derived)
        else:
            print_report(found.raw.manifest, derived, run)
    return 0
