"""YAML -> Suite -> Plan: providers constructed, datasets read, jobs counted. Loads no model and sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embedmark.api import Provider, ProviderInfo
from embedmark.datasets import Dataset, PairDataset
from embedmark.errors import EmbedmarkError, SuiteError
from embedmark.prices import BUILT_IN, Price, find_price, is_remote
from embedmark.reading import read_dataset
from embedmark.registry import create
from embedmark.suite import LatencySpec, ProviderSpec, ScalingSpec, Suite, ThroughputSpec
from embedmark.work import SERVER_PROBES, Item, Unit, is_empty, sample_items, texts_of, token_bound


@dataclass(frozen=True, eq=False, slots=True)
class PlannedProvider:
    """A provider of the suite, constructed and not loaded."""

    spec: ProviderSpec
    provider: Provider
    info: ProviderInfo
    price: Price | None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def model(self) -> str:
        """The model as the suite names it."""
        return self.spec.model or self.info.model

    @property
    def is_cross(self) -> bool:
        return self.info.kind == "cross-encoder"

    @property
    def unit(self) -> Unit:
        return "pair" if self.is_cross else "text"

    @property
    def unpriced(self) -> bool:
        """Whether it may bill, and nobody knows how much: it asks another machine, and has no price per token."""
        return self.price is None and is_remote(self.provider, self.info)

    @property
    def orders(self) -> int:
        """Forward passes that an item takes: 2 for the pairs of a cross-encoder that averages both orders."""
        return 2 if self.is_cross and self.info.symmetric else 1


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
    """All that a run needs, and what it will do at most."""

    suite: Suite
    folder: Path
    providers: tuple[PlannedProvider, ...]
    datasets: tuple[Dataset, ...]
    jobs: tuple[Job, ...]

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
    suite: Suite, folder: Path, *, offline: bool = False, say: Callable[[str], None] = lambda _: None
) -> Plan:
    """Construct the providers, read the datasets and count the jobs.

    Args:
        suite: a checked suite.
        folder: what its relative paths are relative to: the suite file's folder.
        offline: never fetch a dataset.
        say: told what is being fetched.

    Raises:
        UsageError: an option, a path or a dataset is not what the suite says.
    """
    prices = (*_own_prices(suite), *BUILT_IN)
    providers = tuple(_construct(spec, folder, prices) for spec in suite.providers)
    datasets = tuple(read_dataset(spec, folder, offline, say) for spec in suite.datasets)
    _check_modalities(providers, datasets)
    _check_scaling(suite.measure.scaling, datasets[0], providers)
    jobs = count_jobs(suite, providers, datasets)
    return Plan(suite, folder, providers, datasets, jobs)


def _own_prices(suite: Suite) -> tuple[Price, ...]:
    cost = suite.measure.cost
    own = cost.prices if cost else {}
    return tuple(Price(name, "", "", p.usd_per_1m_tokens, p.source, p.as_of) for name, p in own.items())


def _construct(spec: ProviderSpec, folder: Path, prices: tuple[Price, ...]) -> PlannedProvider:
    try:
        provider = create(spec.use, model=spec.model, options=spec.options, folder=folder)
    except EmbedmarkError as error:
        where = f"provider {spec.name!r}" + (f", {error.where}" if error.where else "")
        raise type(error)(error.message, where=where, hint=error.hint) from error
    info = provider.info
    plugin = info.plugin if info.served_by is None else ""  # another host bills as it likes: a price of the user's own
    price = find_price(spec.name, plugin, spec.model or info.model, prices)
    return PlannedProvider(spec, provider, info, price)


def _check_modalities(providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> None:
    """Refuse, before anything loads, a dataset of images for a model of texts, and the other way round."""
    for dataset in datasets:
        for planned in providers:
            able = set(planned.info.modalities)
            if planned.is_cross and dataset.kind != "pairs":
                raise SuiteError(
                    f"provider {planned.name!r} ({planned.info.plugin}) is a cross-encoder and reads pairs of texts; "
                    f"dataset {dataset.name!r} has images",
                    where=f"provider {planned.name!r}",
                    hint="leave it out with --only, or put it into a suite of its own",
                )
            if lacking := dataset.modalities - able:
                raise SuiteError(
                    f"provider {planned.name!r} ({planned.info.plugin}) reads {_listed(able)} only; "
                    f"dataset {dataset.name!r} has {_listed(lacking)} as well",
                    where=f"provider {planned.name!r}",
                    hint="use: clip reads texts and images; or leave the provider out with --only",
                )


def _listed(modalities: Iterable[str]) -> str:
    return " and ".join(sorted(f"{modality}s" for modality in modalities))


def _check_scaling(spec: ScalingSpec | None, dataset: Dataset, providers: Sequence[PlannedProvider]) -> None:
    if spec is None:
        return
    pairings(spec, providers)
    if spec.replace:
        return
    texts = len(texts_of(dataset))
    if spec.sizes[-1] > texts:
        raise SuiteError(
            f"measure.scaling.sizes: {spec.sizes[-1]} texts are wanted, and {dataset.name} has {texts} different ones",
            hint="smaller sizes, or `replace: true` to sample with replacement",
        )


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


def pairings(spec: ScalingSpec, providers: Sequence[PlannedProvider]) -> list[tuple[PlannedProvider, PlannedProvider]]:
    """Bi-encoder and cross-encoder of every two-stage pairing. Raises SuiteError for one of the wrong kind."""
    if spec.pairings is None:
        return [(bi, cross) for bi in providers if not bi.is_cross for cross in providers if cross.is_cross]
    found = {p.name: p for p in providers}
    chosen = []
    for i, (first, second) in enumerate(spec.pairings):
        for name, cross in ((first, False), (second, True)):
            _check_kind(found, name, cross, f"measure.scaling.pairings[{i}]")
        chosen.append((found[first], found[second]))
    return chosen


def _check_kind(found: Mapping[str, PlannedProvider], name: str, cross: bool, where: str) -> None:
    fit = [p.name for p in found.values() if p.is_cross == cross]
    wanted = "cross-encoder" if cross else "bi-encoder"
    hint = "a pairing is [bi-encoder, cross-encoder]; " + (
        f"a {wanted} here: {', '.join(fit)}" if fit else f"no {wanted} here"
    )
    if name not in found:
        raise SuiteError(f"no provider is called {name!r}", where=where, hint=hint)
    if found[name].is_cross != cross:
        raise SuiteError(f"{name!r} is a {found[name].info.kind}, and a {wanted} is wanted", where=where, hint=hint)


def two_stage_pairs(n: int, candidates: int) -> int:
    """Pairs that a cross-encoder predicts after a bi-encoder, at most: `candidates` a text, no pair twice."""
    return min(n * candidates, pair_count(n))


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


def pair_count(n: int) -> int:
    """All pairs within n texts: n(n-1)/2. 1,000 texts have 499,500."""
    return n * (n - 1) // 2


def _bound(items: Sequence[Item]) -> int:
    return sum(token_bound(item) for item in items)
