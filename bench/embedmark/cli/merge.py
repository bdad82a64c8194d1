"""`embedmark merge RUN... --out DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from embedmark.cli.options import lang_option
from embedmark.cli.output import kept_in


@click.command("merge")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of the merged run.")
@lang_option
def command(runs: tuple[Path, ...], out: Path, lang: str | None) -> int:
    """Join all shards of a suite into one run.

    `embedmark run SUITE --shard I/N` measures a shard."""
    from embedmark import pipeline
    from embedmark.language import using
    from embedmark.report.terminal import print_report

    merged = pipeline.merge(runs, out, lang=lang)
    kept_in(merged.folder, again=f"embedmark show {merged.folder}")
    with using(lang or merged.screen_language, merged.raw.manifest.names):
        print_report(merged.raw.manifest, merged.derived, merged.folder)
    return 0 if merged.status == "complete" else 1
