"""The options of a command that takes models and data in place of a suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli import complete
from embedmark.cli.columns import parse_columns
from embedmark.cli.options import parse_options

if TYPE_CHECKING:
    from embedmark.planning.jobs import Plan

_OPTIONS = (
    click.option(
        "--model", "models", metavar="M", multiple=True, shell_complete=complete.uses,
        help="A model in one word: [NAME=]USE[:MODEL][?OPTION=VALUE&...]. Repeatable.",
    ),
    click.option(
        "--data", metavar="FILE_OR_NAME", shell_complete=complete.data,
        help="A data file, or a dataset of `embedmark datasets list`.",
    ),
    click.option(
        "--columns", metavar="NAMES",
        help="The columns: sentence1=A,sentence2=B,score=C, or shorter A,B,C; or query=Q,passage=P.",
    ),
    click.option(
        "--option", "more", multiple=True, metavar="KEY=VALUE",
        help="Another key of the data's entry in a suite, as YAML, such as skip_lines=2. Repeats.",
    ),
    click.option(
        "--kind", type=click.Choice(("pairs", "retrieval")), help="The kind of data. Default: from its columns."
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quick:
    """Models and data that were named on the command line."""

    models: tuple[str, ...]
    data: str | None
    columns: str | None
    kind: str | None = None
    more: tuple[str, ...] = ()

    def check(self, suite: Path | None, only: list[str] | None) -> None:
        """Raise UsageError unless there is either a suite, or models and data."""
        from embedmark.errors import UsageError

        given = bool(self.models or self.data or self.columns or self.kind or self.more)
        if suite and given:
            raise UsageError(
                f"there is a suite, {suite}, and --model, --data or --columns as well",
                hint="embedmark run SUITE, or embedmark run --model M --data FILE without a suite",
            )
        if not suite and not (self.models and self.data):
            lacking = "a suite" if not given else "--data" if self.models else "--model"
            raise UsageError(
                f"{lacking} is missing",
                hint="embedmark run suite.yaml, or embedmark run --model lexical --data pairs.csv",
            )
        if only is not None and not suite:
            raise UsageError("--only chooses providers of a suite", hint="name only those models: --model M")

    def plan(self, out: Path | None, measure: list[str] | None, offline: bool, say: Callable[[str], None]) -> Plan:
        """Return the plan of the models and data. Raises UsageError."""
        from embedmark import pipeline

        pipeline.check_out(out)
        return self.plan_of(self.data, self.models, measure, offline=offline, say=say)

    def plan_of(
        self,
        data: str | None,
        models: tuple[str, ...],
        measure: list[str] | None,
        *,
        offline: bool = False,
        say: Callable[[str], None],
    ) -> Plan:
        """Return the plan of data and models that were asked for. Raises UsageError, whose hint names options."""
        from embedmark import pipeline
        from embedmark.planning.quick import QuickRequest
        from embedmark.suite.entry_options import typed_as_options

        columns, entry = parse_columns(self.columns), parse_options(self.more)
        request = QuickRequest(data, models, measure, columns=columns, kind=self.kind, entry=entry)
        with typed_as_options("--data", ("kind",)):
            return pipeline.quick_plan(request, offline=offline, say=say)


def quick_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `quick`: a Quick made of --model, --data and --columns."""

    @wraps(command)
    def called(
        models: tuple[str, ...],
        data: str | None,
        columns: str | None,
        kind: str | None,
        more: tuple[str, ...],
        **others: Any,
    ) -> Any:
        return command(quick=Quick(models, data, columns, kind, more), **others)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called
