"""Runs against a baseline: for each provider, dataset and metric both values, the change, its interval, a verdict.

Providers are joined by name, datasets by hash, pairs by id. Accuracy is compared by a paired bootstrap over the pairs
that both scored, Holm-corrected within a dataset; timings as ratios (`compare_timing`); cost exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embedmark.comparison.accuracy import accuracy_changes
from embedmark.comparison.cost import cost_changes
from embedmark.comparison.model import Change, ComparedRuns, Match, Side
from embedmark.comparison.recipe import package_notes, recipe_notes
from embedmark.comparison.throughput import timing_changes
from embedmark.derive.run import MeasuredRun
from embedmark.errors import UsageError

__all__ = ["compare_providers", "compare_runs"]


def compare_runs(
    baseline: Side,
    candidates: Sequence[Side],
    *,
    providers: Sequence[str] = (),
    reference: str | None = None,
) -> ComparedRuns:
    """Compare each of `candidates` with `baseline`.

    Args:
        baseline, candidates: each a run, or several runs that repeat each other.
        providers: only these; default: all that both sides have.
        reference: the provider that timings are relative to; default: as `compare_timing` says.

    Raises:
        UsageError: a name that no run has; nothing in common.
    """
    changes: list[Change] = []
    notes: list[str] = []
    for candidate in candidates:
        names = _common(baseline, candidate, providers)
        if reference is not None:
            _check_name(reference, baseline, candidate)
        matches = [Match(baseline, name, candidate, name) for name in names]
        changes += _changes(matches, reference)
        notes += _notes(baseline, candidate, matches, providers)
    return ComparedRuns(baseline.label, tuple(side.label for side in candidates), tuple(changes), tuple(notes))


def compare_providers(side: Side, a: str, b: str) -> ComparedRuns:
    """Compare provider `b` with provider `a` of the same run. Raises UsageError for a name that it does not have."""
    for name in (a, b):
        _check_name(name, side)
    if a == b:
        raise UsageError(f"--providers names {a!r} twice", hint="name two providers: --providers a,b")
    match = Match(side, a, side, b)
    return ComparedRuns(a, (b,), tuple(_changes([match], None)), tuple(recipe_notes([match])))


def _changes(matches: Sequence[Match], reference: str | None) -> list[Change]:
    timings = list(timing_changes(matches, reference))
    changes = [*accuracy_changes(matches), *timings, *cost_changes(matches, timings)]
    datasets = [dataset.name for dataset in matches[0].baseline.first.datasets]
    labels = [match.label for match in matches]
    # Stable: within a dataset and provider, the order in which they were made.
    return sorted(changes, key=lambda change: (datasets.index(change.dataset), labels.index(change.provider)))


def _common(baseline: Side, candidate: Side, wanted: Sequence[str]) -> list[str]:
    both = [name for name in baseline.first.names if name in candidate.first.names]
    for name in wanted:
        _check_name(name, baseline, candidate)
    if not both:
        raise UsageError(
            f"{baseline.label} and {candidate.label} have no provider name in common",
            hint=f"{baseline.label}: {', '.join(baseline.first.names)}; "
            f"{candidate.label}: {', '.join(candidate.first.names)}; "
            "two providers of one run: embedmark compare RUN --providers a,b",
        )
    return [name for name in both if not wanted or name in wanted]


def _check_name(name: str, *sides: Side) -> None:
    for side in sides:
        if name not in side.first.names:
            raise UsageError(f"{side.label} has no provider {name!r}", hint=f"one of: {', '.join(side.first.names)}")


def _notes(baseline: Side, candidate: Side, matches: Sequence[Match], wanted: Sequence[str]) -> Iterator[str]:
    if not wanted:
        for side, other in ((baseline, candidate), (candidate, baseline)):
            alone = [name for name in side.first.names if name not in other.first.names]
            if alone:
                yield f"only in {side.label}: {', '.join(alone)}"
    yield from recipe_notes(matches)
    yield from package_notes(baseline, candidate)
    for side in (baseline, candidate):
        yield from (_busy(run, side.label) for run in side.runs if _noisy(run))


def _noisy(run: MeasuredRun) -> bool:
    return any(warning.get("code") == "noisy-host" for warning in run.raw.manifest.get("warnings") or ())


def _busy(run: MeasuredRun, label: str) -> str:
    name = run.raw.manifest.get("run_id") or label
    return f"the machine was noisy in {name}: its timings say less than their intervals"
