"""Retrieval: index once, ask every query, rank every judged document; then fusions and rerankings of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api.items import Query, swapped
from embedmark.calls.order import mean_of_orders
from embedmark.datasets import RetrievalDataset
from embedmark.errors import ProviderError
from embedmark.measure.alike import warn_of_alike
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.compression.measure import compress_search
from embedmark.measure.ledger_rows import with_usage
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.passes import Leg, leg_row, run_pass
from embedmark.measure.retrieval.ranks import best_places
from embedmark.measure.retrieval.rows import judged_rows
from embedmark.measure.retrieval.search import VectorIndex
from embedmark.measure.retrieval.sources import FoundSource, FusedSource, ScoreSource, VectorSource, blocks_of
from embedmark.measure.target import Target
from embedmark.notices.texts import unscored_documents
from embedmark.planning.job import Job
from embedmark.planning.retrieval import MEASURE, SEARCH
from embedmark.store.manifest.entries import IndexFacts
from embedmark.suite import FusionSpec, RetrievalSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_DEPTH = 10_000  # documents that a ranker is asked for, a query


class RetrievalMeasure:
    """Searches the retrieval datasets of one run. What a later job needs is kept: no text is encoded twice.

    Args:
        spec: what the suite says.
        keep: what later jobs need: of wanted_later().
        clock, recorder: of the run.
    """

    def __init__(self, spec: RetrievalSpec, keep: set[tuple[str, str, str]], clock: Clock, recorder: Recorder) -> None:
        self.spec = spec
        self._keep = keep
        self._clock = clock
        self._recorder = recorder
        self._sources: dict[tuple[str, str], ScoreSource] = {}
        self._indexes: dict[tuple[str, str], VectorIndex] = {}
        self._indexed: dict[str, str] = {}  # by ranker: the dataset that it holds now
        self._whole = True  # of the job at hand: no reply of it was lost

    def one(self, target: Target, dataset: RetrievalDataset, job: Job) -> bool:
        """Run one job; False where bad replies cost a part of it. Raises what the provider raises."""
        self._whole = True
        fusion = next((fusion for fusion in self.spec.fusion if fusion.label == job.scenario), None)
        if fusion is not None:
            self._fuse(target, dataset, fusion)
        elif job.first:
            self._rerank(target, dataset, job)
        elif target.planned.info.kind == "ranker":
            self._keep_source(target.name, dataset, self._search(target, dataset))
        else:
            self._keep_source(target.name, dataset, self._encode(target, dataset, job.label))
        return self._whole

    def index(self, target: Target, dataset: RetrievalDataset) -> VectorIndex | None:
        """Return the vectors to search for a latency job; a ranker holds its own. Builds what is not there."""
        if target.planned.info.kind == "ranker":
            if self._indexed.get(target.name) != dataset.name:
                self._build(target, dataset)
            return None
        key = (target.name, dataset.name)
        if key not in self._indexes:
            self._encode_documents(target, dataset, f"{target.name}: {SEARCH} {dataset.name}")
        target.bring()
        return self._indexes[key]

    def _encode(self, target: Target, dataset: RetrievalDataset, job: str) -> ScoreSource:
        documents = self._encode_documents(target, dataset, job)
        distinct = list(dict.fromkeys(dataset.queries))
        leg = Leg("timed", "query", self.spec.batch_size, f"{job} queries")
        index = self._indexes[(target.name, dataset.name)]
        values = self._pass(target, dataset, [Query(query) for query in distinct], leg, index)
        warn_of_alike(target, dataset, [Query(query) for query in distinct], values, self._recorder)
        queries = _spread(values, distinct, dataset.queries)
        compress_search(target, dataset, queries, documents, self._recorder)
        if (SEARCH, target.name, dataset.name) not in self._keep:
            del self._indexes[(target.name, dataset.name)]
        return VectorSource(queries, documents, target.similarity)

    def _encode_documents(self, target: Target, dataset: RetrievalDataset, job: str) -> npt.NDArray[np.float32]:
        distinct = list(dict.fromkeys(dataset.documents))
        values = self._pass(target, dataset, distinct, Leg("index", "text", self.spec.batch_size, f"{job} documents"))
        warn_of_alike(target, dataset, distinct, values, self._recorder)
        documents = _spread(values, distinct, dataset.documents)
        index = VectorIndex.of(documents, target.similarity)
        self._indexes[(target.name, dataset.name)] = index
        self._recorder.index(target, dataset.name, IndexFacts(documents=len(documents), bytes=index.nbytes))
        return documents

    def _pass(
        self, target: Target, dataset: RetrievalDataset, items: Sequence[Any], leg: Leg,
        index: VectorIndex | None = None,
    ) -> npt.NDArray[Any]:  # fmt: skip
        kept = run_pass(target, dataset, items, leg, self._clock, self._recorder, index)
        self._whole = self._whole and kept.is_whole(target)
        return kept.done.values

    def _build(self, target: Target, dataset: RetrievalDataset) -> None:
        """Give a ranker the corpus, timed."""
        with target.stopwatch(self._clock) as took:
            used = target.caller.index(dataset.documents)
        self._indexed[target.name] = dataset.name
        leg, n = Leg("index", "text", self.spec.batch_size), len(dataset.documents)
        row = replace(leg_row(dataset, leg, n=n), **took.cells())
        if used:
            row = replace(row, tokens=used.tokens, requests=used.requests)
        self._recorder.samples(target, MEASURE, [row])
        size = getattr(target.provider, "index_bytes", None)
        self._recorder.index(target, dataset.name, IndexFacts(documents=n, bytes=size() if size is not None else None))

    def _search(self, target: Target, dataset: RetrievalDataset) -> ScoreSource:
        import numpy as np

        self._build(target, dataset)
        n = len(dataset.documents)
        depth = min(n, self.spec.depth or max(_MOST_DEPTH, self.spec.k[-1], self.spec.candidates))
        queries = [Query(query) for query in dataset.queries]
        with target.stopwatch(self._clock) as took:
            done = target.caller.search(queries, depth, self.spec.batch_size)
        leg = Leg("timed", "query", self.spec.batch_size)
        row = replace(with_usage(leg_row(dataset, leg, n=len(queries)), done), **took.cells())
        self._recorder.samples(target, MEASURE, [row])
        found = done.values
        if (found[..., 0] >= n).any():
            raise ProviderError(f"search() returned document {int(np.nanmax(found[..., 0]))} of {n}")
        places = np.where(np.isnan(found[..., 0]), -1, found[..., 0]).astype(np.int64)
        return FoundSource(places, found[..., 1].astype(np.float64, copy=False), n)

    def _fuse(self, target: Target, dataset: RetrievalDataset, fusion: FusionSpec) -> None:
        sources = self._parts(dataset, fusion.label, fusion.of)
        if sources is None:
            return
        with Stopwatch(self._clock) as took:
            source = FusedSource(sources, fusion.weights or [1.0] * len(fusion.of), fusion.k)
            self._keep_source(fusion.label, dataset, source)
        leg = Leg("timed", "query", self.spec.batch_size, label=fusion.label, kind="fusion")
        row = replace(leg_row(dataset, leg, n=len(dataset)), elapsed_ns=took.elapsed_ns)
        self._recorder.samples(target, MEASURE, [row])

    def _rerank(self, target: Target, dataset: RetrievalDataset, job: Job) -> None:
        sources = self._parts(dataset, job.scenario, [job.first])
        if sources is None:
            return
        candidates = _candidates(sources[0], self.spec.candidates)
        pairs = [
            (dataset.queries[query], dataset.documents[place])
            for query, places in enumerate(candidates)
            for place in places.tolist()
        ]
        both = target.planned.info.symmetric
        leg = Leg("timed", "pair", self.spec.batch_size, job.label, job.scenario, "two-stage")
        values = self._pass(target, dataset, [*pairs, *swapped(pairs)] if both else pairs, leg)
        values = mean_of_orders(values, len(pairs)) if both else values
        self._keep_source(job.scenario, dataset, _reordered(candidates, values, len(dataset.documents)))

    def _keep_source(self, label: str, dataset: RetrievalDataset, source: ScoreSource) -> None:
        """Append the ranks of judged documents, and keep the ranking where a later job needs it."""
        unfound = 0
        for rows in judged_rows(label, dataset, source):
            self._recorder.judged(rows)
            unfound += sum(row.rank is None for row in rows)
        if unfound and isinstance(source, VectorSource):  # a ranker simply did not find them
            judged = len(dataset.grades)
            self._recorder.warn(unscored_documents(label, dataset.name, missing=unfound, judged=judged))
        if (MEASURE, label, dataset.name) in self._keep:
            self._sources[(label, dataset.name)] = source

    def _parts(self, dataset: RetrievalDataset, label: str, parts: list[str]) -> list[ScoreSource] | None:
        """Return the rankings that a composite is made of; None, with a failure row, where one is missing."""
        missing = [part for part in parts if (part, dataset.name) not in self._sources]
        if missing:
            self._recorder.missing_part(label, dataset.name, MEASURE, missing)
            self._whole = False
            return None
        return [self._sources[(part, dataset.name)] for part in parts]


def wanted_later(jobs: Sequence[Job], spec: RetrievalSpec) -> set[tuple[str, str, str]]:
    """Return what later jobs need: (`retrieval`, label, dataset) for rankings, (`search`, ...) for indexes."""
    wanted = {(SEARCH, job.provider, job.dataset) for job in jobs if job.scenario == SEARCH}
    parts = {fusion.label: fusion.of for fusion in spec.fusion}
    for job in jobs:
        needed = parts.get(job.scenario, [job.first] if job.first else [])
        wanted |= {(MEASURE, name, job.dataset) for name in needed if job.measure == MEASURE}
    return wanted


def _candidates(source: ScoreSource, k: int) -> list[npt.NDArray[np.int64]]:
    return [best_places(row, k) for block in blocks_of(source) for row in source.scores(block)]


def _reordered(candidates: list[npt.NDArray[np.int64]], values: npt.NDArray[Any], n_documents: int) -> FoundSource:
    """Return each query's candidates with the scores of a second stage; one without a score is not found."""
    import numpy as np

    width = max((len(places) for places in candidates), default=0)
    places, scores = np.full((len(candidates), width), -1), np.full((len(candidates), width), np.nan)
    at = 0
    for query, mine in enumerate(candidates):
        found = values[at : at + len(mine)].astype(np.float64)
        places[query, : len(mine)] = np.where(np.isfinite(found), mine, -1)
        scores[query, : len(mine)] = found
        at += len(mine)
    return FoundSource(places, scores, n_documents)


def _spread(values: npt.NDArray[Any], distinct: list[str], texts: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Return a row for each text, where `values` has one for each different text."""
    if len(distinct) == len(texts):
        return values
    place = {text: i for i, text in enumerate(distinct)}
    return values[[place[text] for text in texts]]
