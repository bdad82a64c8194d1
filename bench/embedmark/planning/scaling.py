"""What scaling measures: sizes that a dataset can give, and which providers work in two stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from embedmark.allpairs.counts import pair_count
from embedmark.datasets import Dataset
from embedmark.datasets.sample import text_bounds, texts_of
from embedmark.errors import SuiteError
from embedmark.notices import Notice
from embedmark.notices.accuracy import fewer_texts
from embedmark.planning.job import NEIGHBOURS, Job
from embedmark.planning.prices import is_remote
from embedmark.planning.providers import PlannedProvider
from embedmark.planning.searches import scaling_searches
from embedmark.suite import ScalingSpec, Suite
from embedmark.suite.lines import Origin

_KEY = ("measure", "scaling")
_CHECKED = 3  # sizes from which on the largest one can check a projection from the others


def fit_sizes(suite: Suite, dataset: Dataset) -> tuple[Suite, list[Notice]]:
    """Return the suite with default sizes that its first dataset can give, and a notice where they had to shrink.

    Raises:
        SuiteError: sizes that the user wrote are larger than the dataset, or it has one text only.
    """
    spec = suite.measure.scaling
    if spec is None or spec.replace:
        return suite, []
    texts, wanted = len(texts_of(dataset)), spec.sizes[-1]
    if wanted <= texts:
        return suite, []
    if "sizes" in spec.model_fields_set:
        raise SuiteError(
            f"measure.scaling.sizes: {wanted} texts are needed, and {dataset.name} has {texts} different ones",
            where=suite.origin.where(*_KEY, "sizes"),
            hint="smaller sizes, or `replace: true` to sample with replacement",
        )
    if texts < 2:
        raise SuiteError(
            f"measure.scaling compares texts with each other, and {dataset.name} has one text only",
            where=suite.origin.where(*_KEY),
            hint="leave `scaling` out of `measure`",
        )
    # In the proportions of the defaults, as nearly as whole numbers can.
    sizes = sorted({size for default in spec.sizes if (size := texts * default // wanted) >= 2})
    fitted = suite.measure.model_copy(update={"scaling": spec.model_copy(update={"sizes": sizes})})
    return suite.model_copy(update={"measure": fitted}), [
        fewer_texts(dataset.name, texts=texts, wanted=wanted, sizes=sizes, is_checked=len(sizes) >= _CHECKED)
    ]


def check_neighbours(suite: Suite, dataset: Dataset) -> None:
    """Raise SuiteError if the suite asks for the neighbors of too few texts, or of more than the dataset has.

    Args:
        suite: with the sizes that are measured.
    """
    spec = suite.measure.scaling
    if spec is None or spec.neighbours is None:
        return
    where = suite.origin.where(*_KEY, NEIGHBOURS)
    if spec.neighbours <= spec.sizes[-1]:
        raise SuiteError(
            f"measure.scaling.neighbours: {spec.neighbours} texts are not more than the largest of `sizes`, "
            f"{spec.sizes[-1]}, whose neighbors are kept anyway",
            where=where,
            hint="a larger number, or leave `neighbours` out",
        )
    texts = len(texts_of(dataset))
    if spec.neighbours > texts and not spec.replace:
        raise SuiteError(
            f"measure.scaling.neighbours: {spec.neighbours} texts are needed, and {dataset.name} has {texts} "
            "different ones",
            where=where,
            hint=f"neighbours: {texts}" if texts > spec.sizes[-1] else "leave `neighbours` out",
        )


def neighbour_jobs(spec: ScalingSpec, providers: Sequence[PlannedProvider], dataset: Dataset) -> list[Job]:
    """Return the job of each provider whose neighbors among `spec.neighbours` texts are kept."""
    return [_neighbours(p, spec.neighbours, dataset) for p in providers if spec.neighbours and _has_neighbours(p)]


def _has_neighbours(p: PlannedProvider) -> bool:
    return p.info.kind != "ranker" and not p.info.untrained  # such a head's order would mean nothing


def _neighbours(p: PlannedProvider, n: int, dataset: Dataset) -> Job:
    longest = text_bounds(dataset)[1]
    if not p.is_cross:
        return Job(p.name, NEIGHBOURS, dataset.name, n=n, encodes=n, tokens=n * longest, unit=p.unit)
    pairs = pair_count(n) * p.orders
    job = Job(p.name, NEIGHBOURS, dataset.name, n=n, pair_predictions=pairs, tokens=2 * pairs * longest, unit=p.unit)
    return replace(job, searches=p.orders * scaling_searches(p, [n]))


def larger_sizes(p: PlannedProvider, spec: ScalingSpec, texts: int) -> list[int]:
    """Return the sizes beyond `spec.sizes` that a provider may be timed at; [] where it may bill, or predicts pairs.

    Args:
        p: the provider.
        spec: the suite's.
        texts: different texts of the dataset.
    """
    if p.is_cross or p.price is not None or is_remote(p.provider, p.info):
        return []
    most = spec.max_texts if spec.replace else min(spec.max_texts, texts)
    found, n = [], 2 * spec.sizes[-1]
    while n <= most:
        found.append(n)
        n *= 2
    return found


def pairings(
    spec: ScalingSpec, providers: Sequence[PlannedProvider], origin: Origin | None = None
) -> list[tuple[PlannedProvider, PlannedProvider]]:
    """Bi-encoder and cross-encoder of every two-stage pairing. Raises SuiteError for one of the wrong kind."""
    if spec.pairings is None:
        bi_encoders = [p for p in providers if p.info.kind == "bi-encoder"]
        return [(bi, cross) for bi in bi_encoders for cross in providers if cross.is_cross]
    found = {p.name: p for p in providers}
    chosen = []
    for i, (first, second) in enumerate(spec.pairings):
        place = (*_KEY, "pairings", i)
        where = origin.where(*place) if origin else f"measure.scaling.pairings[{i}]"
        for name, cross in ((first, False), (second, True)):
            _check_kind(found, name, cross, where)
        chosen.append((found[first], found[second]))
    return chosen


def has_trained_pairing(jobs: Sequence[Job], providers: Sequence[PlannedProvider]) -> bool:
    """Return True if neighbors of a bi-encoder are compared with those of a trained cross-encoder."""
    trained = {p.name for p in providers if p.is_cross and not p.info.untrained}
    return any(job.first and job.provider in trained for job in jobs)


def _check_kind(found: Mapping[str, PlannedProvider], name: str, cross: bool, where: str) -> None:
    wanted = "cross-encoder" if cross else "bi-encoder"
    fit = [p.name for p in found.values() if p.info.kind == wanted]
    hint = "a pairing is [bi-encoder, cross-encoder]; " + (
        f"a {wanted} here: {', '.join(fit)}" if fit else f"no {wanted} here"
    )
    if name not in found:
        raise SuiteError(f"no provider is called {name!r}", where=where, hint=hint)
    if found[name].info.kind != wanted:
        raise SuiteError(f"{name!r} is a {found[name].info.kind}, and a {wanted} is needed", where=where, hint=hint)
