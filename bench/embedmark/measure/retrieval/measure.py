"""Retrieval: index once, ask every query, rank every judged document; then fusions and rerankings of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embedmark.api.items import Query
from embedmark.calls.replies import Pass
from embedmark.datasets import RetrievalDataset
from embedmark.errors import ProviderError
from embedmark.measure.clock import Clock
from embedmark.measure.ledger_rows import empty_notice, usage_cells
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.notices import warn_of_unfound
from embedmark.measure.retrieval.ranks import best_places
from embedmark.measure.retrieval.rows import judged_rows
from embedmark.measure.retrieval.search import VectorIndex
from embedmark.measure.retrieval.sources import FoundSource, FusedSource, Source, VectorSource, blocks_of
from embedmark.measure.target import Target
from embedmark.planning.job import Job
from embedmark.planning.retrieval import MEASURE, SEARCH
from embedmark.store.cells import Row
from embedmark.suite import RetrievalSpec

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
        self._sources: dict[tuple[str, str], Source] = {}
        self._indexes: dict[tuple[str, str], VectorIndex] = {}
        self._indexed: dict[str, str] = {}  # by ranker: the dataset that it holds now

    def one(self, target: Target, dataset: RetrievalDataset, job: Job) -> None:
        """Run one job. Raises what the provider raises."""
        fusion = next((fusion for fusion in self.spec.fusion if fusion.label == job.scenario), None)
        if fusion is not None:
            self._fuse(target, dataset, fusion.label, fusion.of, fusion.weights or [1.0] * len(fusion.of), fusion.k)
        elif job.first:
            self._rerank(target, dataset, job)
        elif target.planned.info.kind == "ranker":
            self._keep_source(target.name, dataset, self._search(target, dataset))
        else:
            self._keep_source(target.name, dataset, self._encode(target, dataset))

    def index(self, target: Target, dataset: RetrievalDataset) -> VectorIndex | None:
        """Return the vectors to search for a latency job; a ranker holds its own. Builds what is not there."""
        if target.planned.info.kind == "ranker":
            if self._indexed.get(target.name) != dataset.name:
                self._build(target, dataset)
            return None
        key = (target.name, dataset.name)
        if key not in self._indexes:
            self._encode_documents(target, dataset)
        return self._indexes[key]

    def _encode(self, target: Target, dataset: RetrievalDataset) -> Source:
        documents = self._encode_documents(target, dataset)
        distinct = list(dict.fromkeys(dataset.queries))
        index = self._indexes[(target.name, dataset.name)]

        def search() -> Pass:
            done = target.caller.run([Query(query) for query in distinct], self.spec.batch_size)
            target.caller.sync()
            index.top(done.values.astype("float32", copy=False))
            return done

        done = self._timed(target, dataset, search, phase="timed", unit="query", n=len(distinct))
        queries = _spread(done.values, distinct, dataset.queries)
        if (SEARCH, target.name, dataset.name) not in self._keep:
            del self._indexes[(target.name, dataset.name)]
        return VectorSource(queries, documents, target.provider.info.similarity)

    def _encode_documents(self, target: Target, dataset: RetrievalDataset) -> npt.NDArray[np.float32]:
        distinct = list(dict.fromkeys(dataset.documents))

        def encode() -> Pass:
            done = target.caller.run(distinct, self.spec.batch_size)
            target.caller.sync()
            return done

        done = self._timed(target, dataset, encode, phase="index", unit="text", n=len(distinct))
        if done.empty:
            self._recorder.warn(empty_notice(target, dataset, done.empty))
        documents = _spread(done.values, distinct, dataset.documents)
        index = VectorIndex.of(documents, target.provider.info.similarity)
        self._indexes[(target.name, dataset.name)] = index
        self._recorder.index(target, dataset.name, {"documents": len(documents), "bytes": index.nbytes})
        return documents

    def _build(self, target: Target, dataset: RetrievalDataset) -> None:
        """Give a ranker the corpus, timed."""
        cpu, start = target.cpu_ns(self._clock), self._clock.now_ns()
        used = target.caller.index(dataset.documents)
        target.caller.sync()
        elapsed, cpu = self._clock.now_ns() - start, target.cpu_ns(self._clock) - cpu
        self._indexed[target.name] = dataset.name
        row: Row = {"tokens": used.tokens if used else None, "requests": used.requests if used else 0}
        times: Row = {"elapsed_ns": elapsed, "cpu_ns": cpu}
        self._row(target, dataset, {**row, **times}, phase="index", unit="text", n=len(dataset.documents))
        size = getattr(target.provider, "index_bytes", None)
        facts = {"documents": len(dataset.documents), "bytes": size() if size is not None else None}
        self._recorder.index(target, dataset.name, facts)

    def _search(self, target: Target, dataset: RetrievalDataset) -> Source:
        import numpy as np

        self._build(target, dataset)
        n = len(dataset.documents)
        depth = min(n, self.spec.depth or max(_MOST_DEPTH, self.spec.k[-1], self.spec.candidates))
        queries = [Query(query) for query in dataset.queries]
        done = self._timed(
            target,
            dataset,
            lambda: target.caller.search(queries, depth, self.spec.batch_size),
            phase="timed",
            unit="query",
            n=len(queries),
        )
        found = done.values
        if (found[..., 0] >= n).any():
            raise ProviderError(f"search() returned document {int(np.nanmax(found[..., 0]))} of {n}")
        places = np.where(np.isnan(found[..., 0]), -1, found[..., 0]).astype(np.int64)
        return FoundSource(places, found[..., 1].astype(np.float64, copy=False), n)

    def _fuse(
        self, target: Target, dataset: RetrievalDataset, label: str, parts: list[str], weights: list[float], k: float
    ) -> None:
        sources = self._parts(dataset, label, parts)
        if sources is None:
            return
        start = self._clock.now_ns()
        self._keep_source(label, dataset, FusedSource(sources, weights, k))
        row: Row = {"elapsed_ns": self._clock.now_ns() - start, "requests": 0}
        self._row(target, dataset, row, phase="timed", unit="query", n=len(dataset), label=label, kind="fusion")

    def _rerank(self, target: Target, dataset: RetrievalDataset, job: Job) -> None:
        import numpy as np

        sources = self._parts(dataset, job.scenario, [job.first])
        if sources is None:
            return
        candidates = _candidates(sources[0], self.spec.candidates)
        pairs = [
            (dataset.queries[query], dataset.documents[place])
            for query, places in enumerate(candidates)
            for place in places.tolist()
        ]

        def predict() -> Pass:
            done = target.caller.run(pairs, self.spec.batch_size)
            target.caller.sync()
            return done

        facts: dict[str, Any] = {"label": job.scenario, "kind": "two-stage"}
        done = self._timed(target, dataset, predict, phase="timed", unit="pair", n=len(pairs), **facts)
        width = max((len(places) for places in candidates), default=0)
        places, values = np.full((len(dataset), width), -1), np.full((len(dataset), width), np.nan)
        at = 0
        for query, mine in enumerate(candidates):
            found = done.values[at : at + len(mine)].astype(np.float64)
            places[query, : len(mine)] = np.where(np.isfinite(found), mine, -1)
            values[query, : len(mine)] = found
            at += len(mine)
        self._keep_source(job.scenario, dataset, FoundSource(places, values, len(dataset.documents)))

    def _keep_source(self, label: str, dataset: RetrievalDataset, source: Source) -> None:
        """Append the ranks of judged documents, and keep the ranking where a later job needs it."""
        unfound = 0
        for rows in judged_rows(label, dataset, source):
            self._recorder.judged(rows)
            unfound += sum(row["rank"] is None for row in rows)
        warn_of_unfound(label, dataset, source, unfound, self._recorder)
        if (MEASURE, label, dataset.name) in self._keep:
            self._sources[(label, dataset.name)] = source

    def _parts(self, dataset: RetrievalDataset, label: str, parts: list[str]) -> list[Source] | None:
        """Return the rankings that a composite is made of; None, with a failure row, where one is missing."""
        missing = [part for part in parts if (part, dataset.name) not in self._sources]
        if missing:
            self._recorder.missing_part(label, dataset.name, MEASURE, missing)
            return None
        return [self._sources[(part, dataset.name)] for part in parts]

    def _timed(
        self, target: Target, dataset: RetrievalDataset, work: Any, *, phase: str, unit: str, n: int, **facts: Any
    ) -> Pass:
        cpu, start = target.cpu_ns(self._clock), self._clock.now_ns()
        done: Pass = work()
        elapsed, cpu = self._clock.now_ns() - start, target.cpu_ns(self._clock) - cpu
        row: Row = {**usage_cells(done), "elapsed_ns": elapsed, "cpu_ns": cpu}
        self._row(target, dataset, row, phase=phase, unit=unit, n=n, **facts)
        return done

    def _row(
        self, target: Target, dataset: RetrievalDataset, row: Row, *, phase: str, unit: str, n: int,
        label: str = "", kind: str = "",
    ) -> None:  # fmt: skip
        place: Row = {"dataset": dataset.name, "scenario": label, "phase": phase, "unit": unit, "n": n, "n_items": n}
        composite: Row = {"provider": label, "kind": kind} if label else {}
        common: Row = {"batch_size": self.spec.batch_size, "repeat": 1}
        self._recorder.samples(target, MEASURE, [{**place, **common, **composite, **row}])


def wanted_later(jobs: Sequence[Job], spec: RetrievalSpec) -> set[tuple[str, str, str]]:
    """Return what later jobs need: (`retrieval`, label, dataset) for rankings, (`search`, ...) for indexes."""
    wanted = {(SEARCH, job.provider, job.dataset) for job in jobs if job.scenario == SEARCH}
    parts = {fusion.label: fusion.of for fusion in spec.fusion}
    for job in jobs:
        needed = parts.get(job.scenario, [job.first] if job.first else [])
        wanted |= {(MEASURE, name, job.dataset) for name in needed if job.measure == MEASURE}
    return wanted


def _candidates(source: Source, k: int) -> list[npt.NDArray[np.int64]]:
    return [best_places(row, k) for block in blocks_of(source) for row in source.scores(block)]


def _spread(values: npt.NDArray[Any], distinct: list[str], texts: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Return a row for each text, where `values` has one for each different text."""
    if len(distinct) == len(texts):
        return values
    place = {text: i for i, text in enumerate(distinct)}
    return values[[place[text] for text in texts]]
