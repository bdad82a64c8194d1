"""A comparison of runs, as a script or a notebook holds it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from embedmark.comparison.gate import Verdicts, check_rules
from embedmark.comparison.model import ComparedRuns
from embedmark.comparison.rules import FAIL_ON, Option, parse_rule
from embedmark.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Form = Literal["md", "csv", "terminal"]
_WIDTH = 100  # columns of report("terminal")


class Comparison:
    """Runs against a baseline. In a notebook it shows itself as its tables.

    Attributes:
        compared: the changes as values, for reports.
    """

    def __init__(self, compared: ComparedRuns) -> None:
        self.compared = compared

    def __repr__(self) -> str:
        from embedmark.report.sentences.comparison import counted, title

        return f"<embedmark.Comparison {title(self.compared)}. {counted(self.compared)}>"

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row a change: both values, the change, its interval and its verdict."""
        import pandas as pd

        from embedmark.report.comparison import COLUMNS

        rows = [{column: getattr(change, column) for column in COLUMNS} for change in self.compared.changes]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        numbers = ["baseline", "value", "change", "ci_low", "ci_high", "baseline_measured", "value_measured"]
        frame[numbers] = frame[numbers].astype("float64")
        return frame

    @property
    def notes(self) -> tuple[str, ...]:
        """What else differs between the runs: recipes, packages, providers."""
        return self.compared.notes

    def verdict(self, rule: str, option: Option = FAIL_ON) -> Verdicts:
        """Return what breaks a rule such as `spearman < -0.005`, and what cannot be judged; true if nothing.

        The rule is one of `embedmark compare --fail-on`, or with "--require" one of that. Raises UsageError for a
        rule that cannot be read.
        """
        return check_rules([parse_rule(rule, option)], self.compared)

    def report(self, form: Form = "md") -> str:
        """Return the comparison as Markdown (`md`), as CSV (`csv`), or as plain text (`terminal`)."""
        from embedmark.report import comparison as report

        if form == "md":
            return report.markdown_text(self.compared)
        if form == "csv":
            return report.csv_text(self.compared)
        if form == "terminal":
            return report.comparison_text(self.compared, _WIDTH)
        raise UsageError(f"{form!r} is not a form of a comparison", hint='report("md"), "csv" or "terminal"')

    def _repr_html_(self) -> str:
        from embedmark.report.notebook import comparison_html

        return comparison_html(self.compared)
