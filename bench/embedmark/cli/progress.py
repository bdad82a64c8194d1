"""What is running and what remains: a bar on a terminal, a line a job elsewhere. Always on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Never

from embedmark.cli.estimate import Estimate
from embedmark.language import from_english
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from tqdm import tqdm

    from embedmark.planning.jobs import Plan
    from embedmark.store.table import ColumnRows


class Bar:
    """A tqdm bar: done and all jobs, elapsed time, what is left, and what is running; scores as they come."""

    def __init__(self, estimate: Estimate | None = None) -> None:
        self._bar: tqdm[Never] | None = None
        self._estimate = estimate or Estimate((), {})
        self._what = ""

    def begin(self, jobs: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=jobs,
            unit="job",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            bar_format="{n_fmt}/{total_fmt} |{bar:16}| {elapsed} {desc}",
        )

    def at(self, what: str) -> None:
        self._what = spoken_job(what)
        self._estimate.at(what)
        self.tick()

    def tick(self) -> None:
        """Draw the clock again. Called between timed calls, never within one."""
        if self._bar is not None:
            left = self._estimate.text()
            self._bar.set_description_str(f"{self._what} ({left})" if left else self._what, refresh=True)

    def scored(self, rows: ColumnRows) -> None:
        """Show the accuracy that has just been measured."""
        text = score_text(rows)
        if self._bar is not None and text:
            self._bar.write(text, file=sys.stderr)

    def advance(self, jobs: int) -> None:
        self._estimate.advance(jobs)
        if self._bar is not None:
            self._bar.update(jobs)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()


def spoken_job(what: str) -> str:
    """Return what is running in the current language; the names of providers and datasets stay.

    >>> spoken_job("minilm: accuracy stsb/test")
    'minilm: accuracy stsb/test'
    """
    whole = from_english(what)
    name, colon, rest = what.partition(": ")
    measure, space, subject = rest.partition(" ")
    if whole != what or not (colon and space):
        return whole
    return f"{name}{colon}{from_english(measure)}{space}{subject}"


class Lines:
    """One plain line a job, for logs."""

    def __init__(self, estimate: Estimate | None = None) -> None:
        self._jobs = 0
        self._done = 0
        self._estimate = estimate or Estimate((), {})

    def begin(self, jobs: int) -> None:
        self._jobs = jobs

    def at(self, what: str) -> None:
        self._estimate.at(what)
        left = self._estimate.text()
        _print(f"[{self._done + 1}/{self._jobs}] {spoken_job(what)}" + (f" ({left})" if left else ""))

    def scored(self, rows: ColumnRows) -> None:
        """Print the accuracy that has just been measured."""
        if text := score_text(rows):
            _print(text)

    def advance(self, jobs: int) -> None:
        self._done += jobs
        self._estimate.advance(jobs)

    def end(self) -> None:
        pass


def progress(plan: Plan | None = None) -> Bar | Lines:
    """Return a bar if stderr is a terminal, else lines; with a plan they say how long is left."""
    estimate = None if plan is None else _estimate(plan)
    return Bar(estimate) if sys.stderr.isatty() else Lines(estimate)


def score_text(rows: ColumnRows) -> str:
    """Return `minilm: Spearman 0.820 on stsb/test (1,379 pairs)` of one provider's scores; empty if undefined."""
    from embedmark.measure.progress import spearman_of

    found = spearman_of(rows)
    if found is None:
        return ""
    return _("  {provider}: Spearman {value:.3f} on {dataset} ({n:,} pairs)", provider=rows.columns["provider"],
             value=found[0], dataset=rows.columns["dataset"], n=found[1])  # fmt: skip


def _estimate(plan: Plan) -> Estimate:
    measure = plan.suite.measure
    most_s = {
        name: float(spec.max_seconds)
        for name, spec in (("throughput", measure.throughput), ("latency", measure.latency))
        if spec is not None
    }
    return Estimate(["load" for _ in plan.providers] + [job.measure for job in plan.jobs], most_s)


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the progress
