"""`embedmark verify RUN`."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

_SHOWN = 20  # findings a file


@click.command("verify")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> int:
    """Check that the raw rows are as measured, and that every derived cell follows from them."""
    from embedmark import pipeline

    verified = pipeline.verify(run)
    for name, group in itertools.groupby(verified.findings, key=lambda finding: finding.partition(":")[0]):
        of_file = list(group)
        for finding in of_file[:_SHOWN]:
            click.echo(finding)
        if len(of_file) > _SHOWN:
            click.echo(f"{name}: and {len(of_file) - _SHOWN} more")
    if not verified.sealed:
        click.echo("note: this run was killed before its raw rows were sealed; only derived cells could be checked")
    if verified:
        click.echo(f"{run}: raw rows and derived tables agree")
    return 0 if verified else 1
