"""Retrieval in a plan: which providers can search, at which depths, and what that encodes and predicts."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.api.items import token_bound
from embedmark.datasets import Dataset, RetrievalDataset
from embedmark.errors import SuiteError
from embedmark.planning.job import Job
from embedmark.planning.providers import PlannedProvider
from embedmark.planning.searches import reranking_searches
from embedmark.store.labels import two_stage_label
from embedmark.suite import LatencySpec, RetrievalSpec, Suite
from embedmark.suite.lines import Origin

MEASURE = "retrieval"
SEARCH = "search"  # the scenario of a query from text to result
_KEY = ("measure", "retrieval")


def check_retrieval(suite: Suite, providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> None:
    """Refuse, before anything loads, what cannot be searched or measured. Raises SuiteError."""
    searched = [dataset for dataset in datasets if isinstance(dataset, RetrievalDataset)]
    spec, origin = suite.measure.retrieval, suite.origin
    if spec and not searched:
        raise SuiteError(
            "measure.retrieval has no dataset to search",
            where=origin.where(*_KEY),
            hint="add one, such as {kind: retrieval, path: questions.csv}; or leave `retrieval` out of `measure`",
        )
    if searched and not spec and not (suite.measure.throughput or suite.measure.latency or suite.measure.scaling):
        raise SuiteError(
            f"no measure uses the retrieval dataset {searched[0].name!r}",
            where=origin.where("measure"),
            hint="add it: `measure: {retrieval: {}}`",
        )
    for planned in providers:
        _check_ranker(planned, datasets, origin)
    if spec:
        _check_stages(spec, providers, origin)
        _check_idle(suite, providers, datasets)


def fit_retrieval(suite: Suite, datasets: Sequence[Dataset]) -> Suite:
    """Return the suite with the depths that its datasets allow.

    Latency has the scenario `search` where the suite names no scenarios and its first dataset is retrieval.

    Raises SuiteError for a depth that the user wrote and a dataset does not have.
    """
    searched = [dataset for dataset in datasets if isinstance(dataset, RetrievalDataset)]
    measure, spec = suite.measure, suite.measure.retrieval
    latency = measure.latency
    if latency and searched and datasets[0] is searched[0] and "scenarios" not in latency.model_fields_set:
        scenarios = [*(s for s in latency.scenarios if s != SEARCH), SEARCH]
        measure = measure.model_copy(update={"latency": latency.model_copy(update={"scenarios": scenarios})})
    if spec and searched:
        measure = measure.model_copy(update={"retrieval": _fit_depths(spec, searched, suite.origin)})
    return suite.model_copy(update={"measure": measure})


def retrieval_jobs(suite: Suite, providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> list[Job]:
    """Return the jobs of a suite's retrieval: each provider on its own, then fusions, then rerankings."""
    spec = suite.measure.retrieval
    searched = [dataset for dataset in datasets if isinstance(dataset, RetrievalDataset)]
    return [job for dataset in searched for job in _of_dataset(spec, providers, dataset)] if spec else []


def search_job(planned: PlannedProvider, dataset: RetrievalDataset, spec: LatencySpec) -> Job:
    """Return the job of timing single queries, from text to result."""
    calls = spec.calls + spec.warmup
    encodes, tokens = (calls, calls * _longest(dataset.queries)) if _encodes(planned) else (0, 0)
    return Job(planned.name, "latency", dataset.name, SEARCH, n=1, encodes=encodes, tokens=tokens)


def _of_dataset(spec: RetrievalSpec, providers: Sequence[PlannedProvider], dataset: RetrievalDataset) -> list[Job]:
    order = [planned.name for planned in providers]
    by_name = {planned.name: planned for planned in providers}
    jobs = [_single(planned, dataset) for planned in providers if not planned.is_cross]
    for fusion in spec.fusion:  # with the last of its parts, when the others have been searched
        jobs.append(Job(max(fusion.of, key=order.index), MEASURE, dataset.name, fusion.label))
    for first, second in spec.rerank:
        jobs.append(_reranking(by_name[second], first, dataset, spec.candidates))
    return jobs


def _single(planned: PlannedProvider, dataset: RetrievalDataset) -> Job:
    if not _encodes(planned):
        return Job(planned.name, MEASURE, dataset.name)
    texts = [*dict.fromkeys(dataset.documents), *dict.fromkeys(dataset.queries)]
    tokens = sum(map(token_bound, texts))
    return Job(planned.name, MEASURE, dataset.name, encodes=len(texts), tokens=tokens)


def _reranking(cross: PlannedProvider, first: str, dataset: RetrievalDataset, candidates: int) -> Job:
    pairs = len(dataset) * min(candidates, len(dataset.documents)) * cross.orders
    tokens = pairs * (_longest(dataset.queries) + _longest(dataset.documents))
    label = two_stage_label(first, cross.name)
    searches = reranking_searches(cross, len(dataset), min(candidates, len(dataset.documents))) * cross.orders
    return Job(
        cross.name, MEASURE, dataset.name, label, pair_predictions=pairs, tokens=tokens, unit="pair", first=first,
        searches=searches,
    )  # fmt: skip


def _encodes(planned: PlannedProvider) -> bool:
    return planned.info.kind == "bi-encoder"


def _longest(texts: Sequence[str]) -> int:
    return max(map(token_bound, texts))


def _check_ranker(planned: PlannedProvider, datasets: Sequence[Dataset], origin: Origin) -> None:
    other = next((dataset for dataset in datasets if dataset.kind != MEASURE), None)
    if planned.info.kind == "ranker" and other is not None:
        raise SuiteError(
            f"provider {planned.name!r} ({planned.info.plugin}) searches documents; dataset {other.name!r} has none",
            where=origin.provider(planned.name),
            hint="leave it out with --only, or use a suite of retrieval datasets",
        )


def _check_stages(spec: RetrievalSpec, providers: Sequence[PlannedProvider], origin: Origin) -> None:
    is_cross = {planned.name: planned.is_cross for planned in providers}
    for fusion in spec.fusion:
        for name in fusion.of:
            if is_cross[name]:
                raise SuiteError(
                    f"{name} is a cross-encoder, which has no ranking of its own to fuse",
                    where=origin.where(*_KEY, "fusion"),
                    hint=f"rerank with it: `rerank: [[{_first(is_cross)}, {name}]]`",
                )
    for first, second in spec.rerank:
        if is_cross.get(first) or not is_cross.get(second):
            raise SuiteError(
                f"[{first}, {second}] is not a first stage and a cross-encoder",
                where=origin.where(*_KEY, "rerank"),
                hint="the first finds candidates; the second, a cross-encoder, sorts them",
            )


def _check_idle(suite: Suite, providers: Sequence[PlannedProvider], datasets: Sequence[Dataset]) -> None:
    """Refuse a cross-encoder that nothing in the suite would measure."""
    measure = suite.measure
    scored = measure.accuracy and any(dataset.kind != MEASURE for dataset in datasets)
    if measure.retrieval is None or scored or measure.throughput or measure.latency or measure.scaling:
        return
    used = {second for _, second in measure.retrieval.rerank}
    idle = next((planned for planned in providers if planned.is_cross and planned.name not in used), None)
    if idle is not None:
        first = _first({planned.name: planned.is_cross for planned in providers})
        raise SuiteError(
            f"{idle.name} is a cross-encoder: it reads a query with each document, and cannot search them all",
            where=suite.origin.provider(idle.name),
            hint=f"rerank with it: `retrieval: {{rerank: [[{first}, {idle.name}]]}}`; or leave it out with --only",
        )


def _first(is_cross: dict[str, bool]) -> str:
    return next((name for name, cross in is_cross.items() if not cross), "bm25")


def _fit_depths(spec: RetrievalSpec, datasets: Sequence[RetrievalDataset], origin: Origin) -> RetrievalSpec:
    smallest = min(datasets, key=lambda dataset: len(dataset.documents))
    n = len(smallest.documents)
    fitting = [k for k in spec.k if k <= n]
    if len(fitting) == len(spec.k):
        return spec
    if "k" in spec.model_fields_set:
        raise SuiteError(
            f"measure.retrieval.k: {spec.k[-1]} is more than the {n:,} documents of {smallest.name}",
            where=origin.where(*_KEY, "k"),
            hint=f"`k: {fitting or [n]}`",
        )
    return spec.model_copy(update={"k": fitting or [n]})


def _rows(suite: Suite) -> int:
    """Return how many rankings a suite compares."""
    spec = suite.measure.retrieval
    crossing = {second for _, second in spec.rerank} if spec else set()
    single = sum(provider.name not in crossing for provider in suite.providers)
    return single + (len(spec.fusion) + len(spec.rerank) if spec else 0)


def resolution(n: int, comparisons: int = 1) -> str:
    """Return the differences that this number of queries can show, before anything is paid for.

    Example:
        >>> resolution(114)
        '114 queries can show differences of 0.07 to 0.10 nDCG or more, depending on how alike two providers are'
    """
    from embedmark.stats import expected_detectable, least_units

    found = expected_detectable("queries", n, comparisons=comparisons)
    asked = "1 query" if n == 1 else f"{n:,} queries"
    if found is None:
        return f"{asked} can show no difference; at least {least_units(comparisons)} queries are needed"
    low, high = found
    return f"{asked} can show differences of {low:.2f} to {high:.2f} nDCG or more, depending on how alike two " \
        "providers are"  # fmt: skip


def comparisons_of(suite: Suite) -> int:
    """Return how many differences between rankings a suite's retrieval tests together."""
    rows = _rows(suite)
    return max(1, rows * (rows - 1) // 2)
