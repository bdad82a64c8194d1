"""Runs of one side must repeat each other: the same providers, data, machine, settings and prices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from embedmark.comparison.hosts import host_facts
from embedmark.comparison.match import Side
from embedmark.comparison.reference import RECIPE
from embedmark.derive.cost.pricing import price_of
from embedmark.derive.run import MeasuredRun
from embedmark.errors import UsageError

# What the suite says of a measure, and changes what its rows mean. More passes or calls do not.
_SETTINGS = {
    "accuracy": (),
    "retrieval": ("k", "candidates", "fusion", "rerank", "depth"),
    "compression": ("dims", "precisions"),
    "throughput": ("batch_sizes", "texts", "min_pass_ms"),
    "latency": ("scenarios", "rate", "load"),
    "scaling": ("sizes",),
    "cost": ("hardware_usd_per_hour", "vector_usd_per_gb_month", "machines", "usd_per", "volume"),
}
_RECIPE: Final = (*RECIPE, "similarity", "isolate")
_PRICES: Final = ("usd_per_1m_tokens", "batch_usd_per_1m_tokens", "usd_per_1k_searches", "usd_per_1k_images")
# Packages that a measurement does not run.
_TOOLS: Final = re.compile(
    r"(pip|setuptools|wheel|build|hatchling|ruff|mypy.*|types-.*|.*-stubs|pytest.*|coverage|hypothesis|pre.commit|"
    r"import-linter|grimp|ipython.*|ipykernel|jupyter.*|nb.*|debugpy|jedi|parso|selenium)",
    re.IGNORECASE,
)


def check_repeats(side: Side) -> None:
    """Raise UsageError if a later run of a side differs from its first in more than its numbers."""
    for run in side.runs[1:]:
        different = list(_differences(side.first, run))
        if different:
            more = f"; and {len(different) - 3} more" if len(different) > 3 else ""
            raise UsageError(
                f"{side.name_of(run)} does not repeat {side.name_of(side.first)}: {'; '.join(different[:3])}{more}",
                where=str(side.folders[side.runs.index(run)]) if side.folders else None,
                hint=_hint(side, run),
            )


def copy_notes(side: Side) -> Iterator[str]:
    """Yield a line for each run that has the samples of an earlier run of its side: one run, counted twice."""
    seen: dict[str, str] = {}
    for run in side.runs:
        seal, name = run.raw.manifest.raw.get("samples.csv"), side.name_of(run)
        if seal is None or not seal.sha256:
            continue
        if seal.sha256 in seen:
            yield f"{name} is a copy of {seen[seal.sha256]}: one run that counts twice makes intervals too narrow"
        seen.setdefault(seal.sha256, name)


def _hint(side: Side, run: MeasuredRun) -> str:
    if not side.folders:
        return "the runs of one side must have the same suite, machine and prices"
    first, other = side.folders[0], side.folders[side.runs.index(run)]
    return f"move it to another folder, or compare the two: embedmark compare {first} {other}"


def _differences(a: MeasuredRun, b: MeasuredRun) -> Iterator[str]:
    """Yield `what before, after` for everything that differs."""
    yield from _of_providers(a, b)
    yield from _of_datasets(a, b)
    if a.seed != b.seed:
        yield f"seed {a.seed}, {b.seed}"
    yield from _of_versions(a, b)
    for measure, keys in _SETTINGS.items():
        before, after = (run.measure.to_json().get(measure) for run in (a, b))
        if (before is None) != (after is None):
            yield f"measure.{measure} in one of them only"
            continue
        for key in keys:
            x, y = (before or {}).get(key), (after or {}).get(key)
            if x != y:
                yield f"measure.{measure}.{key} {x}, {y}"


def _of_providers(a: MeasuredRun, b: MeasuredRun) -> Iterator[str]:
    for name in dict.fromkeys((*a.names, *b.names)):
        if name not in a.names or name not in b.names:
            yield f"provider {name} in one of them only"
            continue
        before, after = a.provider(name), b.provider(name)
        if before.status != after.status:
            yield f"{name}: status {before.status}, {after.status}"
            continue
        for key in _RECIPE:
            x, y = (run.facts(name).to_json().get(key) for run in (a, b))
            if x != y:
                yield f"{name}: {key} {x}, {y}"
        yield from _of_hosts(a, b, name)
        yield from _of_prices(a, b, name)


def _of_prices(a: MeasuredRun, b: MeasuredRun, name: str) -> Iterator[str]:
    found = [price_of(run, run.provider(name)) for run in (a, b)]
    for key in _PRICES:
        x, y = (getattr(price, key) if price else None for price in found)
        if x != y and key == _PRICES[0]:
            yield f"{name}: price ${x}, ${y} for 1M tokens"
        elif x != y:
            yield f"{name}: price {key} {x}, {y}"


def _of_versions(a: MeasuredRun, b: MeasuredRun) -> Iterator[str]:
    """Yield packages that both runs have in different versions: times and scores may differ with them."""
    x, y = a.raw.manifest.environment.python, b.raw.manifest.environment.python
    if x != y:
        yield f"Python {x}, {y}"
    before, after = a.raw.manifest.packages, b.raw.manifest.packages
    for package in before:
        if package in after and before[package] != after[package] and not _TOOLS.fullmatch(package):
            yield f"{package} {before[package]}, {after[package]}"


def _of_hosts(a: MeasuredRun, b: MeasuredRun, name: str) -> Iterator[str]:
    before, after = host_facts(a, name), host_facts(b, name)
    for key, value in before.items():
        if value != after[key]:
            yield f"{name}: {key} {value}, {after[key]}"


def _of_datasets(a: MeasuredRun, b: MeasuredRun) -> Iterator[str]:
    before = {dataset.name: dataset.sha256 for dataset in a.datasets}
    after = {dataset.name: dataset.sha256 for dataset in b.datasets}
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after:
            yield f"dataset {name} in one of them only"
        elif before[name] != after[name]:
            yield f"dataset {name}: sha256 {before[name][:8]}, {after[name][:8]}"
