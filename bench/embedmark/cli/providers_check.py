"""`embedmark providers check NAME|FILE:CLASS`: the conformance kit as a checklist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from embedmark.api.secrets import scrub
from embedmark.cli import complete
from embedmark.cli.options import parse_options, spoken_option
from embedmark.cli.providers_routes import check_routes, route_options
from embedmark.cli.spoken import padded, say
from embedmark.language import from_english, translatable
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.testing import Conformance, Finding, Group, Subject
    from embedmark.testing.verdicts import Status

_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}
_WORDS = {"passed": translatable("pass"), "failed": translatable("FAIL"), "skipped": translatable("skip")}
_STATUSES: tuple[Status, ...] = ("passed", "failed", "skipped")
_CHECK_COLUMNS = 24


@click.command("check")
@click.argument("use", metavar="NAME|FILE.py:CLASS", shell_complete=complete.providers)
@click.option("--model", help="The model, as in a suite: a hub id, a path, or package:IMPORT_NAME/SUBPATH.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option, its value as in YAML.")
@click.option(
    "--tolerance", type=click.FloatRange(min=0, min_open=True), default=1e-4, show_default=True,
    help="Largest 1 - cosine at which two vectors of one text are the same.",
)  # fmt: skip
@route_options
@spoken_option
def check(use: str, model: str | None, options: tuple[str, ...], tolerance: float, **routes: Any) -> int:
    """Check one provider against the interface; exit 1 if anything fails.

    It is loaded twice, the second time in another process, and called about 100 times: 300 short texts, and one of
    100,000 characters. A paid API charges for these calls. --faults and --against run other checks instead: the faults
    of a misbehaving server, or agreement with the same model by another route.
    """
    from embedmark.testing import Source, Subject

    given = parse_options(options)
    code = check_routes(use, model, given, **routes)
    if code is not None:
        return code
    subject = Subject(Source(use, model, given), tolerance=tolerance)
    if callable(check_environment := getattr(subject.provider, "check", None)):
        check_environment()
    return print_checks(subject, extra=())


def print_checks(subject: Subject, *, extra: Sequence[Group]) -> int:
    """Run the kit and `extra` groups, print each finding as it is made; the exit code."""
    from embedmark.testing import run_checks

    info = subject.info_before
    click.secho(f"{info.plugin}  {info.model}  {info.kind}", bold=True)
    groups: set[str] = set()

    def told(finding: Finding) -> None:
        if finding.group not in groups:
            groups.add(finding.group)
            click.secho(f"\n{from_english(finding.group)}", bold=True)
        _print_finding(finding)

    outcome = run_checks(subject, extra=extra, told=told)
    click.echo()
    say(_summary(outcome, subject.tolerance))
    return 0 if outcome.ok else 1


def _print_finding(finding: Finding) -> None:
    word = click.style(_(_WORDS[finding.status]), fg=_COLOURS[finding.status])
    check = padded(from_english(finding.check), _CHECK_COLUMNS)
    click.echo(f"  {word}  {check}  {from_english(scrub(finding.detail))}".rstrip())


def _summary(outcome: Conformance, tolerance: float) -> str:
    passed, failed, skipped = (len(outcome.of(status)) for status in _STATUSES)
    counts = f"{passed} passed, {failed} failed, {skipped} skipped"
    if outcome.cosine_drift is None:
        return counts
    return (
        f"{counts}; largest cosine drift between batch sizes {outcome.cosine_drift:.1e} "
        f"(a batch of {outcome.drift_batch} against 1; tolerance {tolerance:g})"
    )
