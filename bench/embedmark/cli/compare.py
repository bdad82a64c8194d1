"""`embedmark compare BASELINE RUN...`."""

from __future__ import annotations

from pathlib import Path

import click

from embedmark.cli.options import split_names, spoken_option


@click.command("compare")
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("runs", metavar="[RUN...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--providers", metavar="A,B", help="Only these providers; with one run, B against A within it.")
@click.option("--reference", metavar="NAME", help="The provider that timings are relative to.")
@click.option("--fail-on", metavar="RULE", multiple=True, help='Exit 1 on e.g. "items_per_s < -10%". Repeatable.')
@click.option("--require", metavar="RULE", multiple=True, help='Exit 1 unless e.g. "spearman > -0.005". Repeatable.')
@click.option(
    "--unjudged",
    type=click.Choice(["fail", "warn"]),
    default="fail",
    show_default=True,
    help="What to do with a rule that cannot be judged.",
)
@click.option("--md", "form", flag_value="md", help="Print Markdown.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@spoken_option
def command(
    baseline: Path, runs: tuple[Path, ...], providers: str | None, reference: str | None, fail_on: tuple[str, ...],
    require: tuple[str, ...], unjudged: str, form: str | None,
) -> int:  # fmt: skip
    """Compare runs with a baseline: changes, intervals, verdicts.

    Providers are matched by name. With one run and --providers A,B: two providers of that run.

    A folder with several runs stands for all of them, as repeats of one run. With three or more on each side, timings
    are compared as whole runs.

    --fail-on fails if the whole interval of a change is beyond the limit. --require fails unless the whole interval is
    within it. A rule that cannot be judged fails as well.
    """
    from embedmark import pipeline
    from embedmark.comparison.gate import check_rules
    from embedmark.comparison.rules import FAIL_ON, REQUIRE, parse_rule
    from embedmark.language import current_language, using
    from embedmark.report import comparison as report
    from embedmark.report.sentences.comparison import rule_lines

    rules = [*(parse_rule(text, FAIL_ON) for text in fail_on), *(parse_rule(text, REQUIRE) for text in require)]
    names = split_names(providers) or []
    found = pipeline.compare(baseline, *runs, providers=names, reference=reference).compared
    verdicts = check_rules(rules, found, may_be_unjudged=unjudged == "warn")
    with using(current_language(), found.names):
        if form == "csv":
            click.echo(report.csv_text(found), nl=False)
        elif form == "md":
            click.echo(report.markdown_text(found, verdicts), nl=False)
        else:
            report.print_comparison(found)
        for line in rule_lines(verdicts):
            click.echo(line, err=True)
    return 0 if verdicts else 1
