"""YAML -> Suite -> Plan: providers constructed, datasets read, jobs counted. Loads no model and sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embedmark.datasets import Dataset, PairDataset
from embedmark.datasets.sample import SERVER_PROBES, Item, Unit, is_empty, sample_items, texts_of, token_bound
from embedmark.errors import DatasetError
from embedmark.notices import Notice
from embedmark.planning.datasets import read_dataset
from embedmark.planning.providers import PlannedProvider, check_modalities, plan_providers
from embedmark.planning.scaling import fit_sizes, pair_count, pairings, two_stage_pairs
from embedmark.suite import LatencySpec, ScalingSpec, Suite, ThroughputSpec

__all__ = ["Job", "Plan", "PlannedProvider", "count_jobs", "make_plan", "pair_count", "two_stage_pairs"]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to measure for one provider. Counts are upper bounds where a time budget may end it earlier.

    Attributes:
        encodes: texts and images to encode (0 for a cross-encoder).
        unit: what is timed: texts, pairs or images.
        pair_predictions: pairs to predict (0 for a bi-encoder).
        tokens: upper bound of the tokens read: UTF-8 bytes, plus two special tokens a text.
        first: the bi-encoder of a two-stage job, whose cross-encoder is `provider`.
    """

    provider: str
    measure: str
    dataset: str
    scenario: str = ""
    batch_size: int | None = None
    n: int | None = None
    encodes: int = 0
    pair_predictions: int = 0
    tokens: int = 0
    unit: Unit = "text"
    first: str = ""

    @property
    def label(self) -> str:
        details = [
            self.scenario,
            f"after {self.first}" if self.first else "",
            f"batch {self.batch_size}" if self.batch_size else "",
            "images" if self.unit == "image" else "",
            self.dataset,
        ]
        return f"{self.provider}: {self.measure} " + " ".join(part for part in details if part)


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """All that a run needs, and what it will do at most.

    Attributes:
        suite: as it will be measured: scaling's default sizes are those that the first dataset can give.
        notices: what a person should know before it runs; a run keeps them in its manifest.
    """

    suite: Suite
    folder: Path
    providers: tuple[PlannedProvider, ...]
    datasets: tuple[Dataset, ...]
    jobs: tuple[Job, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def counted(self) -> tuple[Job, ...]:
        """All that is sent: the jobs, and before them the first call of each provider, which is no job of its own."""
        first = [_first_call(p, self.datasets[0]) for p in self.providers] if self.jobs else []
        return (*first, *self.jobs)

    def usd_bound(self, provider: PlannedProvider) -> float | None:
        """Upper bound of what `provider` bills for its tokens; None where no price is known."""
        if provider.price is None:
            return None
        tokens = sum(job.tokens for job in self.counted if job.provider == provider.name)
        return tokens * provider.price.usd_per_1m_tokens / 1e6


def make_plan(
    suite: Suite,
    folder: Path,
    *,
    offline: bool = False,
    say: Callable[[str], None] = lambda _: None,
    need_keys: bool = True,
) -> Plan:
    """Construct the providers, read the datasets and count the jobs.

    Args:
        suite: a checked suite.
        folder: what its relative paths are relative to: the suite file's folder.
        offline: never fetch a dataset.
        say: told what is being fetched.
        need_keys: False for a plan that nobody runs: a key that is not set is then a notice, and no error.

    Raises:
        UsageError: an option, a path or a dataset is not what the suite says.
    """
    planned, notices = plan_providers(suite, folder, need_keys=need_keys)
    providers = tuple(planned)
    datasets = _read_datasets(suite, folder, offline, say)
    check_modalities(providers, datasets, suite.origin)
    if suite.measure.scaling:
        pairings(suite.measure.scaling, providers, suite.origin)
    fitted, smaller = fit_sizes(suite, datasets[0])
    jobs = count_jobs(fitted, providers, datasets)
    return Plan(fitted, folder, providers, datasets, jobs, (*notices, *smaller))


def _read_datasets(suite: Suite, folder: Path, offline: bool, say: Callable[[str], None]) -> tuple[Dataset, ...]:
    """The suite's datasets; an error in one names its line in the suite as well as its own place."""
    datasets = []
    for i, spec in enumerate(suite.datasets):
        try:
            datasets.append(read_dataset(spec, folder, offline, say))
        except DatasetError as error:
            entry = suite.origin.where("datasets", i)
            error.where = f"{error.where} ({entry})" if error.where else entry
            raise
    return tuple(datasets)


def count_jobs(suite: Suite, providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> tuple[Job, ...]:
    """The jobs of a suite in the order in which they run: by measure, then by provider."""
    measure = suite.measure
    first = datasets[0]
    jobs: list[Job] = []
    if measure.accuracy:
        jobs += [_accuracy(p, d) for d in datasets for p in providers if not p.info.untrained]
    if measure.throughput:
        spec = measure.throughput
        jobs += [
            _throughput(p, first, spec, size, suite.seed, unit)
            for size in spec.batch_sizes
            for p, unit in _lanes(providers, first)
        ]
    if measure.latency:
        jobs += [
            _calls(p, first, measure.latency, scenario, suite.seed, unit)
            for scenario in measure.latency.scenarios
            for p, unit in _lanes(providers, first)
        ]  # fmt: skip
    if measure.scaling:
        jobs += [_scaling(p, first, measure.scaling) for p in providers]
        jobs += [_two_stage(bi, cross, first, measure.scaling) for bi, cross in pairings(measure.scaling, providers)]
    return tuple(jobs)


def _lanes(providers: Sequence[PlannedProvider], dataset: Dataset) -> list[tuple[PlannedProvider, Unit]]:
    """Providers with what they are timed on, those that are timed on the same side by side."""
    lanes = [(p, unit) for p in providers for unit in dataset.units(cross=p.is_cross)]
    return sorted(lanes, key=lambda lane: lane[1] == "image")


def _accuracy(p: PlannedProvider, dataset: Dataset) -> Job:
    texts = texts_of(dataset)
    if not isinstance(dataset, PairDataset):
        encodes = len(texts) + len(dataset.images)
        return Job(p.name, "accuracy", dataset.name, encodes=encodes, tokens=_bound(texts))
    if not p.is_cross:
        return Job(p.name, "accuracy", dataset.name, encodes=len(texts), tokens=_bound(texts))
    both_orders = 2 * len(dataset)
    tokens = 2 * _bound([*dataset.sentence1, *dataset.sentence2])
    return Job(p.name, "accuracy", dataset.name, pair_predictions=both_orders, tokens=tokens)


def _throughput(
    p: PlannedProvider, dataset: Dataset, spec: ThroughputSpec, batch_size: int, seed: int, unit: Unit
) -> Job:
    items = sample_items(dataset, unit, spec.texts, seed)
    passes = spec.warmup + spec.max_passes
    count, tokens = passes * len(items), passes * _bound(items)
    return _job(p, "throughput", dataset, count, tokens, batch_size=batch_size, n=len(items), unit=unit)


def _first_call(p: PlannedProvider, dataset: Dataset) -> Job:
    return _job(p, "first call", dataset, 1, _longest(dataset) * (2 if p.is_cross else 1), n=1)


def _calls(p: PlannedProvider, dataset: Dataset, spec: LatencySpec, scenario: str, seed: int, unit: Unit) -> Job:
    """Items are sent in rounds, without empty texts where the provider takes none; the last round may be cut short."""
    calls = spec.calls + spec.warmup
    items = sample_items(dataset, unit, calls, seed)
    if not p.info.limits.empty_text:
        items = [item for item in items if not is_empty(item)] or items
    if scenario == "server" and spec.rate is None:
        calls += SERVER_PROBES
    bounds = sorted(map(token_bound, items), reverse=True)
    rounds, rest = divmod(calls, len(bounds))
    tokens = rounds * sum(bounds) + sum(bounds[:rest])
    return _job(p, "latency", dataset, calls, tokens, scenario=scenario, n=1, unit=unit)


def _scaling(p: PlannedProvider, dataset: Dataset, spec: ScalingSpec) -> Job:
    # One untimed call on the smallest size, then `repeats` of every size.
    sizes = [spec.sizes[0], *(size for size in spec.sizes for _ in range(spec.repeats))]
    longest = _longest(dataset)
    count = sum(pair_count(n) for n in sizes) if p.is_cross else sum(sizes)
    tokens = count * longest * (2 if p.is_cross else 1)
    return _job(p, "scaling", dataset, count, tokens, n=spec.sizes[-1])


def _two_stage(bi: PlannedProvider, cross: PlannedProvider, dataset: Dataset, spec: ScalingSpec) -> Job:
    pairs = spec.repeats * two_stage_pairs(spec.sizes[-1], spec.candidates)
    job = _job(cross, "scaling", dataset, pairs, 2 * pairs * _longest(dataset), n=spec.sizes[-1], scenario="two-stage")
    return replace(job, first=bi.name)


def _longest(dataset: Dataset) -> int:
    return max(token_bound(text) for text in texts_of(dataset))


def _job(  # noqa: PLR0913 - the fields of a Job
    p: PlannedProvider, measure: str, dataset: Dataset, count: int, tokens: int, *,
    scenario: str = "", batch_size: int | None = None, n: int | None = None, unit: Unit | None = None,
) -> Job:  # fmt: skip
    encodes, pairs = (0, count * p.orders) if p.is_cross else (count, 0)
    return Job(
        p.name, measure, dataset.name, scenario, batch_size, n, encodes, pairs, tokens * p.orders, unit or p.unit
    )


def _bound(items: Sequence[Item]) -> int:
    return sum(token_bound(item) for item in items)
