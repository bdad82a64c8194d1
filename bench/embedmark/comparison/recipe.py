"""What differs between two runs besides their numbers: listed, never disqualifying."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from embedmark.comparison.match import Match, Side
from embedmark.store.manifest.entries import ProviderFacts

_FACTS = ("plugin", "model", "revision", "dim", "max_tokens", "similarity", "device", "isolate")
_SHOWN_PACKAGES = 8


def recipe_notes(matches: Sequence[Match]) -> Iterator[str]:
    """Yield a line for each match whose recipe differs: `minilm: truncate_dim null -> 64`."""
    for match in matches:
        before = _recipe(match.baseline.first.facts(match.baseline_name))
        after = _recipe(match.candidate.first.facts(match.candidate_name))
        different = [
            f"{key} {_text(before.get(key))} → {_text(after.get(key))}"
            for key in {**before, **after}
            if before.get(key) != after.get(key)
        ]
        if different:
            changes = "; ".join(different)
            if match.in_one_run:
                yield f"recipe of {match.label} against {match.against}: {changes}"
            else:
                yield f"recipe of {match.label}: {changes}"


def package_notes(baseline: Side, candidate: Side) -> Iterator[str]:
    """Yield one line with the packages whose versions differ, if any do; embedmark itself first."""
    before, after = (side.first.raw.manifest.packages for side in (baseline, candidate))
    names = sorted({**before, **after}, key=lambda name: (name != "embedmark", name.lower()))
    different = [
        f"{name} {before.get(name, '–')} → {after.get(name, '–')}"
        for name in names
        if before.get(name) != after.get(name)
    ]
    if different:
        more = len(different) - _SHOWN_PACKAGES
        shown = "; ".join(different[:_SHOWN_PACKAGES])
        yield f"other packages: {shown}; and {more} more" if more > 0 else f"other packages: {shown}"


def dataset_notes(match: Match) -> Iterator[str]:
    """Yield a line for each dataset that the candidate has by another name: it is shown by the baseline's."""
    for dataset in match.baseline.first.datasets:
        found, _ = match.dataset(dataset)
        if found is not None and found.name != dataset.name:
            yield f"dataset {dataset.name} has the same data as {found.name} in {match.candidate.label}"


def search_notes(match: Match) -> Iterator[str]:
    """Yield a line with the settings of a search that differ, where both sides measured retrieval."""
    specs = [side.first.measure.retrieval for side in (match.baseline, match.candidate)]
    if specs[0] is None or specs[1] is None:
        return
    before, after = (spec.to_json() for spec in specs if spec is not None)
    different = [
        f"{key} {_text(before.get(key))} → {_text(after.get(key))}"
        for key in ("candidates", "depth")
        if before.get(key) != after.get(key)
    ]
    if different:
        yield f"other settings of retrieval: {'; '.join(different)}"


def _recipe(facts: ProviderFacts) -> dict[str, Any]:
    return {key: getattr(facts, key) for key in _FACTS} | facts.options | facts.recipe


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
