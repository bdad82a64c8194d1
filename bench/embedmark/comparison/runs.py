"""Two runs side by side: for each provider, dataset and metric both values, the change, its interval, a verdict.

Providers are joined by name, datasets by hash, pairs by id. Accuracy is compared by paired differences over the pairs
that both scored; timings as ratios (`pace`); cost exactly. What only one side has is a row too, without a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embedmark.comparison.accuracy import accuracy_changes
from embedmark.comparison.cost import cost_changes
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.recipe import dataset_notes, package_notes, recipe_notes, search_notes
from embedmark.comparison.repeats import check_repeats, copy_notes
from embedmark.comparison.search import composite_matches, composite_names, search_changes
from embedmark.comparison.throughput import timing_changes
from embedmark.comparison.volume import volume_changes
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
        providers: only these, fusions and two-stage rows included; default: all that either side has.
        reference: the provider that timings are relative to; default: as `reference_of` says.

    Raises:
        UsageError: a name that no run has; nothing in common; runs of one side that do not repeat each other.
    """
    changes: list[Change] = []
    notes: list[str] = []
    for side in (baseline, *candidates):
        check_repeats(side)
    for candidate in candidates:
        if reference is not None:
            _check_name(reference, baseline, candidate)
        matches = _matches(baseline, candidate, providers)
        changes += _changes(matches, reference, composite_matches(baseline, candidate, providers))
        notes += _notes(baseline, candidate, [match for match in matches if not match.missing])
    return ComparedRuns(
        baseline=baseline.label,
        candidates=tuple(side.label for side in candidates),
        changes=tuple(changes),
        notes=tuple(dict.fromkeys(notes)),
    )


def compare_providers(side: Side, a: str, b: str, *, reference: str | None = None) -> ComparedRuns:
    """Compare provider `b` with provider `a` of the same run; each may be a fusion or a two-stage row of a search.

    Raises UsageError for a name that the run does not have, and for a reference, which has no meaning here.
    """
    if reference is not None:
        raise UsageError(
            "--reference is for timings of two runs: within one run, passes were interleaved",
            hint=f"leave out --reference {reference}",
        )
    check_repeats(side)
    composites = composite_names(side.first)
    for name in (a, b):
        _check_name(name, side, also=composites)
    if a == b:
        raise UsageError(f"--providers names {a!r} twice", hint="name two providers: --providers a,b")
    match = Match(baseline=side, baseline_name=a, candidate=side, candidate_name=b)
    if {a, b} & set(composites):  # a row of rankings has no recipe, times or scores of pairs of its own
        searched = tuple(search_changes([match]))
        return ComparedRuns(baseline=a, candidates=(b,), changes=searched, notes=tuple(_side_notes(side)))
    notes = [*recipe_notes([match]), *_side_notes(side)]
    return ComparedRuns(baseline=a, candidates=(b,), changes=tuple(_changes([match], None)), notes=tuple(notes))


def _changes(matches: Sequence[Match], reference: str | None, composites: Sequence[Match] = ()) -> list[Change]:
    timings = list(timing_changes(matches, reference))
    quality = [*accuracy_changes(matches), *search_changes(matches, composites)]
    changes = [*quality, *timings, *cost_changes(matches, timings), *volume_changes(matches, timings)]
    datasets = [dataset.name for dataset, _, _ in next(iter((*matches, *composites))).datasets()]
    # Fusions and two-stage rows come behind the providers.
    labels = list(dict.fromkeys([*(match.label for match in matches), *(change.provider for change in quality)]))
    # Stable: within a dataset and provider, the order in which they were made.
    return sorted(changes, key=lambda change: (datasets.index(change.dataset), labels.index(change.provider)))


def _matches(baseline: Side, candidate: Side, wanted: Sequence[str]) -> list[Match]:
    """Return a match for every provider, those of one side last; a name in `wanted` must be on both sides."""
    for side in (baseline, candidate):
        for name in wanted:
            _check_name(name, side, also=composite_names(side.first))
    before, after = baseline.first.names, candidate.first.names
    if not set(before) & set(after):
        raise UsageError(
            f"{baseline.label} and {candidate.label} have no provider name in common",
            hint=f"{baseline.label}: {', '.join(before)}; {candidate.label}: {', '.join(after)}; "
            "two providers of one run: embedmark compare RUN --providers a,b",
        )
    found = []
    for name in sorted(dict.fromkeys((*before, *after)), key=lambda name: (name not in before, name not in after)):
        if wanted and name not in wanted:
            continue
        missing = ""
        if name not in after:
            missing = f"{candidate.label} has no provider {name}"
        elif name not in before:
            missing = f"{baseline.label} has no provider {name}"
        found.append(Match(baseline, name, candidate, name, missing))
    return found


def _check_name(name: str, *sides: Side, also: Sequence[str] = ()) -> None:
    for side in sides:
        if name not in side.first.names and name not in also:
            known = ", ".join((*side.first.names, *also))
            raise UsageError(f"{side.label} has no provider {name!r}", hint=f"one of: {known}")


def _notes(baseline: Side, candidate: Side, matches: Sequence[Match]) -> Iterator[str]:
    sides = Match(baseline, "", candidate, "")
    yield from recipe_notes(matches)
    yield from dataset_notes(sides)
    yield from search_notes(sides)
    yield from package_notes(baseline, candidate)
    for side in (baseline, candidate):
        yield from _side_notes(side)


def _side_notes(side: Side) -> Iterator[str]:
    yield from copy_notes(side)
    for run in side.runs:
        for one in run.raw.manifest.warnings:
            if one.code == "broken-seal":
                files = one.data["files"]
                yield f"the seal of {side.name_of(run)} is broken: {files} changed after the run was measured"
        if _is_noisy(run):
            name = side.name_of(run)
            yield f"the machine was noisy in {name}: its timings are less certain than their intervals show"


def _is_noisy(run: MeasuredRun) -> bool:
    return run.measure.is_timed and any(one.code == "noisy-host" for one in run.raw.manifest.warnings)
