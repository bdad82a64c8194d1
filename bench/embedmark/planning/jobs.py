"""YAML -> Suite -> Plan: providers constructed, datasets read, jobs counted. Loads no model and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from embedmark.allpairs.counts import pair_count, two_stage_pairs
from embedmark.api.items import Unit, is_empty, token_bound, token_bounds
from embedmark.datasets import Dataset, ImageDataset, PairDataset, RetrievalDataset
from embedmark.datasets.sample import sample_items, text_bounds, texts_of
from embedmark.notices import Notice
from embedmark.planning.job import Job
from embedmark.planning.prices import Price
from embedmark.planning.providers import PlannedProvider
from embedmark.planning.retrieval import SEARCH, retrieval_jobs, search_job
from embedmark.planning.scaling import larger_sizes, neighbour_jobs, pairings
from embedmark.planning.searches import accuracy_searches, pass_searches, scaling_searches, two_stage_searches
from embedmark.planning.shards import Shard, Work, parse_shard, take_shard
from embedmark.suite import LatencySpec, ScalingSpec, Suite, ThroughputSpec


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """All that a run needs, and what it will do at most.

    Attributes:
        suite: as it will be measured: scaling's default sizes are those that the first dataset can give.
        notices: what a person should know before it runs; a run keeps them in its manifest.
        files: by name, data that has no file yet; a run keeps it in its folder.
        shard: the part of a larger plan that this is; None if it is whole.
        cluster: where it is measured, `ray` or `ray:ADDRESS`; None for this machine.
    """

    suite: Suite
    folder: Path
    providers: tuple[PlannedProvider, ...]
    datasets: tuple[Dataset, ...]
    jobs: tuple[Job, ...]
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    shard: Shard | None = None
    cluster: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its providers and datasets, which no sentence translates."""
        return tuple(named.name for named in (*self.providers, *self.datasets))

    @property
    def counted(self) -> tuple[Job, ...]:
        """All that is sent: the jobs, and before them the first call of each provider, which is no job of its own."""
        called = [p for p in self.providers if p.info.kind != "ranker" and self.needs(p.name)]
        first = [_first_call(p, self.datasets[0]) for p in called] if self.jobs else []
        return (*first, *self.jobs)

    def in_language(self, lang: str | None) -> Plan:
        """Return this plan with reports in another language; None changes nothing."""
        return self if lang is None else replace(self, suite=self.suite.model_copy(update={"lang": lang}))

    def in_shard(self, shard: str) -> Plan:
        """Return one of several parts of this plan, such as `2/5`. Raises UsageError."""
        work = Work(self.jobs, self.suite, self.providers, self.datasets)
        jobs, part = take_shard(work, parse_shard(shard))
        return replace(self, jobs=jobs, shard=part)

    def on_cluster(self, on: str | None) -> Plan:
        """Return this plan to be measured on a cluster: `ray`, or `ray:ADDRESS`; None changes nothing."""
        return self if on is None else replace(self, cluster=on)

    @property
    def has_blocks(self) -> bool:
        """Return True for a shard that has blocks of jobs."""
        return self.shard is not None and bool(self.shard.blocks)

    def needs(self, name: str) -> bool:
        """Return True if the provider or dataset is needed: a shard needs those of its jobs, a whole plan all."""
        return self.shard is None or any(name in (job.provider, job.first, job.dataset) for job in self.jobs)

    def usd_bound(self, provider: PlannedProvider) -> float | None:
        """Return the upper bound of what `provider` bills for its tokens; None where no price is known."""
        if provider.price is None:
            return None
        return most_usd([job for job in self.counted if job.provider == provider.name], provider.price)


def most_usd(jobs: Sequence[Job], price: Price) -> float:
    """Return what these jobs of one provider cost at most, at its price."""
    return price.usd(
        tokens=sum(job.tokens for job in jobs),
        searches=sum(job.searches for job in jobs),
        images=sum(job.images for job in jobs),
    )


def count_jobs(suite: Suite, providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> tuple[Job, ...]:
    """Return the jobs of a suite in the order in which they run: by measure, then by provider."""
    measure = suite.measure
    first = datasets[0]
    jobs: list[Job] = []
    if measure.accuracy:
        scored = [dataset for dataset in datasets if not isinstance(dataset, RetrievalDataset)]
        again = {d.name for d in _other_golds(scored)}
        jobs += [_accuracy(p, d, d.name in again) for d in scored for p in providers if not p.info.untrained]
    jobs += retrieval_jobs(suite, providers, datasets)
    if measure.scaling:
        jobs += neighbour_jobs(measure.scaling, providers, first)
    if measure.throughput:
        spec = measure.throughput
        jobs += [
            _throughput(p, first, spec, size, suite.seed, unit)
            for size in spec.batch_sizes
            for p, unit in _lanes(providers, first)
        ]
    if measure.latency:
        for scenario in measure.latency.scenarios:
            jobs += _latency(suite, measure.latency, scenario, providers, first)
    if measure.scaling:
        jobs += [_scaling(p, first, measure.scaling) for p in providers if p.info.kind != "ranker"]
        jobs += [_two_stage(bi, cross, first, measure.scaling) for bi, cross in pairings(measure.scaling, providers)]
    return tuple(jobs)


def _latency(
    suite: Suite, spec: LatencySpec, scenario: str, providers: Sequence[PlannedProvider], dataset: Dataset
) -> list[Job]:
    if scenario != SEARCH:
        return [_calls(p, dataset, spec, scenario, suite.seed, unit) for p, unit in _lanes(providers, dataset)]
    if not isinstance(dataset, RetrievalDataset):
        return []
    return [search_job(p, dataset, spec) for p in providers if not p.is_cross]


def _lanes(providers: Sequence[PlannedProvider], dataset: Dataset) -> list[tuple[PlannedProvider, Unit]]:
    """Providers with what they are timed on, those that are timed on the same side by side."""
    timed = [p for p in providers if p.info.kind != "ranker"]
    lanes = [(p, unit) for p in timed for unit in dataset.units(cross=p.is_cross)]
    return sorted(lanes, key=lambda lane: lane[1] == "image")


def _other_golds(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Return the datasets whose pairs an earlier one has too, with another gold: they need no calls."""
    pairs = [dataset for dataset in datasets if isinstance(dataset, PairDataset)]
    if len(pairs) < 2:
        return []
    hashes = [dataset.texts_sha256 for dataset in pairs]
    return [dataset for i, dataset in enumerate(pairs) if hashes[i] in hashes[:i]]


def _accuracy(p: PlannedProvider, dataset: Dataset, again: bool) -> Job:
    if again:
        return Job(p.name, "accuracy", dataset.name)
    texts = texts_of(dataset)
    if isinstance(dataset, ImageDataset):
        images = len(dataset.images)
        encodes, tokens = len(texts) + images, token_bounds(texts)
        return Job(p.name, "accuracy", dataset.name, encodes=encodes, tokens=tokens, images=images)
    if not p.is_cross or not isinstance(dataset, PairDataset):
        return Job(p.name, "accuracy", dataset.name, encodes=len(texts), tokens=token_bounds(texts))
    both_orders = 2 * len(dataset)
    tokens = 2 * token_bounds([*dataset.sentence1, *dataset.sentence2])
    searches = accuracy_searches(p, dataset)
    return Job(p.name, "accuracy", dataset.name, pair_predictions=both_orders, tokens=tokens, searches=searches)


def _throughput(
    p: PlannedProvider, dataset: Dataset, spec: ThroughputSpec, batch_size: int, seed: int, unit: Unit
) -> Job:
    items = sample_items(dataset, unit, spec.texts, seed)
    passes = spec.warmup + spec.max_passes
    count, tokens = passes * len(items), passes * token_bounds(items)
    job = _job(p, "throughput", dataset, count, tokens, batch_size=batch_size, n=len(items), unit=unit)
    return replace(job, searches=passes * p.orders * pass_searches(p, items, batch_size)) if p.is_cross else job


def _first_call(p: PlannedProvider, dataset: Dataset) -> Job:
    job = _job(p, "first call", dataset, 1, _longest(dataset) * (2 if p.is_cross else 1), n=1)
    return replace(job, searches=p.orders if p.info.limits.pairs_per_search else 0)


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
    job = _job(p, "latency", dataset, calls, tokens, scenario=scenario, n=1, unit=unit)
    return replace(job, searches=calls * p.orders if p.info.limits.pairs_per_search else 0)


def _scaling(p: PlannedProvider, dataset: Dataset, spec: ScalingSpec) -> Job:
    # Untimed calls on the smallest and the largest size, then `repeats` of every size.
    larger = larger_sizes(p, spec, len(texts_of(dataset)))
    every = [*spec.sizes, *larger]
    sizes = [spec.sizes[0], *spec.sizes[-1:][: len(larger)], *(size for size in every for _ in range(spec.repeats))]
    longest = _longest(dataset)
    count = sum(pair_count(n) for n in sizes) if p.is_cross else sum(sizes)
    tokens = count * longest * (2 if p.is_cross else 1)
    job = _job(p, "scaling", dataset, count, tokens, n=spec.sizes[-1])
    return replace(job, searches=p.orders * scaling_searches(p, sizes)) if p.is_cross else job


def _two_stage(bi: PlannedProvider, cross: PlannedProvider, dataset: Dataset, spec: ScalingSpec) -> Job:
    pairs = spec.repeats * two_stage_pairs(spec.sizes[-1], spec.candidates)
    job = _job(cross, "scaling", dataset, pairs, 2 * pairs * _longest(dataset), n=spec.sizes[-1], scenario="two-stage")
    searches = spec.repeats * two_stage_searches(cross, spec.sizes[-1], pairs // spec.repeats) * cross.orders
    return replace(job, first=bi.name, searches=searches)


def _longest(dataset: Dataset) -> int:
    return text_bounds(dataset)[1]


def _job(  # noqa: PLR0913 - the fields of a Job
    p: PlannedProvider, measure: str, dataset: Dataset, count: int, tokens: int, *,
    scenario: str = "", batch_size: int | None = None, n: int | None = None, unit: Unit | None = None,
) -> Job:  # fmt: skip
    encodes, pairs = (0, count * p.orders) if p.is_cross else (count, 0)
    return Job(
        p.name, measure, dataset.name, scenario, batch_size, n, encodes, pairs, tokens * p.orders, unit or p.unit,
        images=encodes if unit == "image" else 0,
    )  # fmt: skip


# Calls that find the capacity, for a server scenario to which the suite gives no rate.
SERVER_PROBES = 20
