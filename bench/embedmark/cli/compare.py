"""`embedmark compare BASELINE RUN...`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("runs", metavar="[RUN...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--providers", metavar="A,B", help="Only these providers; with one run, B against A within it.")
@click.option("--reference", metavar="NAME", help="The provider that timings are relative to.")
@click.option("--fail-on", "rules", metavar="RULE", multiple=True, help='Exit 1 on e.g. "items_per_s < -10%". Repeats.')
@click.option("--md", "form", flag_value="md", help="Print Markdown.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
def command(
    baseline: Path, runs: tuple[Path, ...], providers: str | None, reference: str | None, rules: tuple[str, ...],
    form: str | None,
) -> int:  # fmt: skip
    """Compare runs with a baseline: differences, intervals and verdicts, joined by provider name.

    With one run and --providers A,B: two providers of that run.

    A folder that holds several runs is one side of the comparison: its runs repeat each other, and timings of three
    or more a side are compared without a reference.
    """
    from embedmark import pipeline
    from embedmark.comparison.rules import check_rules, parse_rule
    from embedmark.report import comparison as report

    parsed = tuple(parse_rule(rule) for rule in rules)
    names = [name.strip() for name in (providers or "").split(",") if name.strip()]
    found = pipeline.compare(baseline, *runs, providers=names, reference=reference).compared
    if form == "csv":
        click.echo(report.csv_text(found), nl=False)
    elif form == "md":
        click.echo(report.markdown_text(found), nl=False)
    else:
        report.print_comparison(found)
    verdicts = check_rules(parsed, found)
    for line in verdicts.undecided:
        click.echo(f"not decided: {line}", err=True)
    for line in verdicts.broken:
        click.echo(f"failed: {line}", err=True)
    return 1 if verdicts.broken else 0
