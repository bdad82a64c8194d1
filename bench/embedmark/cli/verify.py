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
    from embedmark.derive.verify import compare_derived, compare_raw
    from embedmark.errors import RunDirectoryError
    from embedmark.pipeline import derive_files
    from embedmark.report.surroundings import rendered_elsewhere

    findings, sealed = compare_raw(run)
    try:
        _, _, files = derive_files(run)
        findings += compare_derived(run, files, rendered_elsewhere)
    except RunDirectoryError as error:
        # An edit can make a raw file unreadable; where it was edited is then already known.
        if not findings:
            raise
        findings.append(f"the tables cannot be derived again: {error.message} ({error.where})")
    for name, group in itertools.groupby(findings, key=lambda finding: finding.partition(":")[0]):
        of_file = list(group)
        for finding in of_file[:_SHOWN]:
            click.echo(finding)
        if len(of_file) > _SHOWN:
            click.echo(f"{name}: and {len(of_file) - _SHOWN} more")
    if not sealed:
        click.echo("note: this run was killed before its raw rows were sealed; only derived cells could be checked")
    if not findings:
        click.echo(f"{run}: raw rows and derived tables agree")
    return 1 if findings else 0
