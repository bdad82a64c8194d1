"""What to choose for accuracy, for speed and for price, and what each choice gives up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from embedmark.derive import Derived
from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import gettext as _
from embedmark.report.sentences.decision import BASELINES
from embedmark.report.sentences.ties import not_shown_dearer, not_shown_slower
from embedmark.report.text.fold import hold
from embedmark.report.text.names import metric_title, plural
from embedmark.report.text.numbers import family, interval, number, or_lowest, usd
from embedmark.store.manifest.model import Manifest

_MOST_DATASETS: Final = 3  # with choices of their own; the tables have all


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider to choose for one goal.

    Attributes:
        goal: what it is chosen for, such as `For speed`.
        figure: the value that makes it the choice.
        trade: what it gives up against the most accurate provider, with its interval.
        is_shown: True if that difference is shown, False if it is not; None if there is no difference to test.
    """

    goal: str
    provider: str
    figure: str
    trade: str
    is_shown: bool | None


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices on one dataset, accuracy first."""

    dataset: str
    choices: tuple[Choice, ...]


def choices_of(derived: Derived, manifest: Manifest) -> list[Choices]:
    """Return the choices on each dataset with at least two scored providers."""
    baselines = {entry.name for entry in manifest.providers if entry.plugin in BASELINES}
    found = []
    for entry in manifest.datasets:
        rows = [row for row in derived.tables["summary.csv"] if row.dataset == entry.name]
        scored = [row for row in rows if row.value is not None]
        if len(scored) > 1:
            chosen = tuple(_Chooser(derived, entry.name, scored, baselines).choices())
            found.append(Choices(dataset=entry.name, choices=chosen))
    return found[:_MOST_DATASETS]


class _Chooser:
    """The rows of one dataset, the differences between them, and the best one."""

    def __init__(self, derived: Derived, dataset: str, rows: Sequence[SummaryRow], baselines: set[str]) -> None:
        metric = derived.findings.main_metric(dataset)
        finding = next((f for f in derived.findings.datasets if (f.dataset, f.metric) == (dataset, metric)), None)
        named = finding.best if finding is not None else None
        by_value = sorted(rows, key=lambda row: -or_lowest(row.value))
        self.rows = rows
        self.needed = finding.needed if finding is not None else None
        self.best = next((row for row in by_value if row.provider == named), by_value[0])
        self.others = [row for row in by_value if row is not self.best and row.provider not in baselines]
        self.ties = [row for row in by_value if row.tie_group == 1 and row is not self.best]
        self.differences = [c for c in derived.findings.comparisons if (c.dataset, c.metric) == (dataset, metric)]
        self.metric = metric_title(self.best.metric)

    def choices(self) -> Iterator[Choice]:
        yield self._accurate()
        fastest = self._fastest()
        if fastest is not None:
            yield self._choice(_("For speed"), fastest, self._speed(fastest))
        cheapest = self._cheapest()
        if cheapest is not None:
            yield self._choice(_("For price"), cheapest, self._price(cheapest))

    def _accurate(self) -> Choice:
        value = f"{self.metric} {or_lowest(self.best.value):.3f}"
        alone = interval(self.best.ci_low, self.best.ci_high)
        if self.needed is not None:
            text, shown = _("No test can call it best: that takes {n:,} pairs or queries.", n=self.needed), False
        elif self.ties:
            names = ", ".join(row.provider for row in self.ties[:3]) + ("…" if len(self.ties) > 3 else "")
            text, shown = _("Not shown to be better than {names}.", names=names), False
        else:
            text, shown = _("Better than every other provider."), True
        return Choice(
            goal=_("For accuracy"), provider=str(self.best.provider), figure=f"{value} {alone}".strip(),
            trade=text, is_shown=shown,
        )  # fmt: skip

    def _alike(self) -> list[SummaryRow]:
        """Return the rows that count in the same unit as the best one, which comes first."""
        return [row for row in (self.best, *self.others) if row.unit == self.best.unit]

    def _every(self) -> list[SummaryRow]:
        """Return the rows in the unit of the best one, with baselines."""
        return [row for row in self.rows if row.unit == self.best.unit]

    def _fastest(self) -> SummaryRow | None:
        """Return the row with the most items a second, or the lowest latency if the best row has no throughput.

        The best row itself, where it is not shown to be slower.
        """
        if self.best.items_per_s is None:
            return self._lowest([(row, row.latency_ms_p50) for row in self._alike()])
        timed = [row for row in self._alike() if row.items_per_s is not None]
        if len(timed) < 2 or self.best.fastest_group == 1:
            return self.best if len(timed) > 1 else None
        return max(timed, key=lambda row: or_lowest(row.items_per_s))

    def _cheapest(self) -> SummaryRow | None:
        """Return the row with the lowest price; the best row itself, where it is not shown to be more expensive."""
        cheapest = self._lowest([(row, row.usd_per_1k_items) for row in self._alike()])
        return self.best if cheapest is not None and self.best.cheapest_group == 1 else cheapest

    def _lowest(self, rows: list[tuple[SummaryRow, float | None]]) -> SummaryRow | None:
        known = [(row, value) for row, value in rows if value is not None]
        return min(known, key=lambda pair: pair[1])[0] if len(known) > 1 else None

    def _choice(self, goal: str, row: SummaryRow, figure: str) -> Choice:
        trade, shown = self._trade(row)
        return Choice(goal=goal, provider=row.provider, figure=figure, trade=hold(trade), is_shown=shown)

    def _speed(self, row: SummaryRow) -> str:
        if self.best.items_per_s is None:
            figure = _("{ms} ms a call (median)", ms=number(row.latency_ms_p50))
            times = _ratio(self.best.latency_ms_p50, row.latency_ms_p50)
        else:
            figure = f"{number(row.items_per_s)} {plural(row.unit)}/s"
            times = _ratio(row.items_per_s, self.best.items_per_s)
        if row is self.best:
            return figure + not_shown_slower([r for r in self._every() if r.items_per_s is not None], row)
        faster = number(times, 2)
        return _("{figure}; {times} times as fast as {best}", figure=figure, times=faster, best=self.best.provider)

    def _price(self, row: SummaryRow) -> str:
        figure = _("{price} for 1M {units}", price=usd(1000 * or_lowest(row.usd_per_1k_items)),
                   units=plural(row.unit))  # fmt: skip
        other = self.best.usd_per_1k_items
        if row is self.best:
            return figure + not_shown_dearer([r for r in self._every() if r.usd_per_1k_items is not None], row)
        if other is None:
            return figure
        return _("{figure}; {best}: {price}", figure=figure, best=self.best.provider, price=usd(1000 * other))

    def _trade(self, row: SummaryRow) -> tuple[str, bool | None]:
        """Return what the row gives up against the best one, and whether that is shown."""
        if row is self.best:
            return _("It is also the most accurate: nothing is given up."), None
        names = {row.provider, self.best.provider}
        found = next((c for c in self.differences if {c.provider_a, c.provider_b} == names), None)
        values = {"metric": self.metric, "best": self.best.provider}
        if found is None or found.diff is None or found.ci_low is None or found.ci_high is None:
            untested = f"{or_lowest(self.best.value) - or_lowest(row.value):.3f}"
            return _("Gives up {lost} {metric} against {best}; not tested.", lost=untested, **values), None
        ends, lost = (found.ci_low, found.ci_high), found.diff
        if found.provider_a != self.best.provider:
            ends, lost = (-found.ci_high, -found.ci_low), -found.diff
        given_up = f"{lost:.3f}"
        known = sum(c.ci_low is not None for c in self.differences)
        return _(
            "Gives up {lost} {metric} against {best}, {interval} ({family}).",
            lost=given_up, interval=interval(*ends), family=family(known), **values,
        ), found.verdict != "no clear difference"  # fmt: skip


def _ratio(mine: float | None, other: float | None) -> float:
    return or_lowest(mine) / or_lowest(other) if or_lowest(other) > 0 and or_lowest(mine) > 0 else 1.0
