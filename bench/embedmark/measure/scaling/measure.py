"""All pairs within n texts, timed at several n: O(n) encodes and a similarity stage, or O(n²) pair predictions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.allpairs.counts import BLOCK, pair_count
from embedmark.allpairs.devices import blas_threads, find_device
from embedmark.allpairs.nearest import nearest, unit_rows
from embedmark.allpairs.pairs import AllPairs, CandidatePairs, Pairs
from embedmark.calls.replies import Pass
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_texts, texts_of
from embedmark.files import cache_dir
from embedmark.measure.clock import Clock, Stopwatch, Times
from embedmark.measure.recorder import Recorder
from embedmark.measure.scaling.identity import work_key
from embedmark.measure.scaling.neighbours import write_neighbours
from embedmark.measure.scaling.rows import with_stream
from embedmark.measure.scaling.sizes import shuffled_sizes, within_budget
from embedmark.measure.scaling.state import Stream
from embedmark.measure.scaling.stream import predict_pairs
from embedmark.measure.scaling.telling import teller
from embedmark.measure.scaling.vectors import like_these
from embedmark.measure.target import Target, TargetClock
from embedmark.notices.records import no_candidates, resumed
from embedmark.notices.texts import unscored_scaling
from embedmark.planning.scaling import larger_sizes
from embedmark.store.checkpoint import Checkpoint
from embedmark.store.rows import SampleRow
from embedmark.suite import ScalingSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Indexes = npt.NDArray[np.int64]

# The similarity stage of some tens of texts takes microseconds, all of them overhead, and within one block nothing is
# saved by symmetry: what a product costs shows at sizes of several blocks. These are for one thread; more threads take
# as many times more blocks, so that every size keeps them all at work, as larger ones will. Timed within a third of
# the time budget.
SIMILARITY_SIZES = (2 * BLOCK, 3 * BLOCK, 4 * BLOCK)
_MOST_AT_ONCE = 8  # threads for which sizes grow
_MOST_BYTES = 128 * 2**20  # of vectors like the real ones; three times that is held for a moment


class ScalingMeasure:
    """Times every provider of a suite, and then the second stage of every pairing, on the same texts."""

    def __init__(
        self, dataset: Dataset, spec: ScalingSpec, clock: Clock, recorder: Recorder, seed: int,
        say: Callable[[str], None], keep_neighbours: bool = True,
    ) -> None:  # fmt: skip
        self.keep_neighbours = keep_neighbours
        self.spec, self.clock, self.recorder = spec, clock, recorder
        self.dataset, self.say = dataset, say
        self.seed = seed
        self.texts = {n: sample_texts(dataset, n, seed, replace=spec.replace) for n in spec.sizes}
        # By bi-encoder, at the largest size: what its first stage passes on.
        self._candidates: dict[str, Indexes] = {}

    @property
    def largest(self) -> int:
        return self.spec.sizes[-1]

    def one(self, target: Target) -> None:
        """Time all stages of one provider at every size, one row a stage and repeat. Raises what it raises."""
        work = self._predict if target.planned.is_cross else self._encode
        work(target, self.spec.sizes[0], 0)
        sizes = [*self.spec.sizes, *self._larger(target)]
        vectors: Vectors | None = None
        left, took = self.spec.max_seconds * 1e9, dict.fromkeys(sizes, 0)
        for repeat, n in shuffled_sizes(sizes, self.spec.repeats, self.seed):
            # Every size once in any case; again only while that fits, so that the small ones get all repeats.
            if repeat > 1 and took[n] > left:
                continue
            with Stopwatch(self.clock) as watch:
                found = work(target, n, repeat)
            vectors = found if n == sizes[-1] else vectors
            took[n] = watch.elapsed_ns
            if repeat > 1:
                left -= took[n]
        if vectors is not None:
            self._similarity_alone(target, vectors)

    def _larger(self, target: Target) -> list[int]:
        """Return further sizes: once, all take half of the time budget at most, going by an untimed pass."""
        spec = self.spec
        possible = larger_sizes(target.planned, spec, len(texts_of(self.dataset)))
        if not possible:
            return []
        with Stopwatch(self.clock) as took:
            self._encode(target, self.largest, 0)
        per_text = took.elapsed_ns / self.largest
        most = within_budget([*spec.sizes, *possible], per_text, spec.max_seconds * 1e9 / 2)
        chosen = [n for n in possible if n <= most]
        self.texts |= {n: sample_texts(self.dataset, n, self.seed, replace=spec.replace) for n in chosen}
        return chosen

    def two_stage(self, bi: Target, cross: Target) -> None:
        """Time the second stage: a cross-encoder on what a bi-encoder passes on, at the largest size."""
        candidates = self._candidates.get(bi.name)
        if candidates is None:
            if not bi.failed:  # else a row of its own says so
                self.recorder.warn(no_candidates(bi.name, cross.name))
            return
        n, name = self.largest, f"{bi.name}+{cross.name}"
        spent = 0
        for repeat in range(1, self.spec.repeats + 1):
            with Stopwatch(self.clock) as took:
                pairs = CandidatePairs(candidates)
                stream = self._stream(cross, n, pairs, f"two-stage {bi.name}", repeat)
                row = self._row("rerank", n, repeat, n_items=len(pairs), unit="pair")
                self._append(cross, with_stream(replace(row, provider=name, kind="two-stage"), stream))
            spent += took.elapsed_ns
            if spent + took.elapsed_ns > self.spec.max_seconds * 1e9:
                break

    def _encode(self, target: Target, n: int, repeat: int) -> Vectors:
        texts = self.texts[n]

        def encode() -> Pass:
            done = target.caller.run(texts, self.spec.batch_size)
            target.caller.sync()
            return done

        done, encoded = self._timed(target, encode)
        vectors: Vectors = done.values
        candidates, compared = self._compare(target, vectors)
        if repeat:
            row = replace(self._row("encode", n, repeat, n_items=n), **encoded)
            self._append(target, replace(row, tokens=done.usage.tokens, requests=done.usage.requests))
            self._append(target, self._similarity_row(n, repeat, compared))
        if repeat == 1 and n == self.largest:
            self._candidates[target.name] = candidates[0]
            self._neighbours(target, *candidates)
        return vectors

    def _compare(self, target: Target, vectors: Vectors) -> tuple[tuple[Indexes, Vectors], Times]:
        from threadpoolctl import threadpool_limits

        spec = self.spec
        cosine = target.planned.provider.info.similarity == "cosine"
        device = find_device(spec.similarity_device)
        tell = teller(f"{target.name}: similarities of {len(vectors):,} texts", "blocks", self.say)
        # Vectors of a provider in a process of its own are compared here, on as many threads as it has there.
        with threadpool_limits(limits=target.planned.spec.threads, user_api="blas"):
            workers = self._workers(target)

            def compare() -> tuple[Indexes, Vectors]:
                rows = unit_rows(vectors) if cosine else vectors
                return nearest(rows, spec.candidates, workers=workers, device=device, progress=tell)

            return self._timed(target, compare)

    def _workers(self, target: Target) -> int:
        """Return the threads of a provider; its vectors are compared on as many."""
        return (target.planned.spec.threads or blas_threads()) if self.spec.similarity_device == "cpu" else 1

    def _predict(self, target: Target, n: int, repeat: int) -> None:
        pairs = AllPairs(n)
        stream = self._stream(target, n, pairs, "all pairs", repeat)
        if repeat:
            self._append(target, with_stream(self._row("predict", n, repeat, n_items=len(pairs)), stream))
        if repeat == 1 and n == self.largest:
            self._neighbours(target, stream.best.indexes, stream.best.values)
            if stream.unscored:
                self.recorder.warn(unscored_scaling(target.name, missing=stream.unscored, pairs=len(pairs)))

    def _stream(self, target: Target, n: int, pairs: Pairs, what: str, repeat: int) -> Stream:
        spec = self.spec
        key = work_key(target, spec, self.dataset.sha256, self.texts[n], pairs, (what, repeat))
        stream = predict_pairs(
            target.caller, self.texts[n], pairs, spec.top_k, batch_size=spec.batch_size,
            clock=TargetClock(target, self.clock),
            window=spec.window, checkpoint=Checkpoint(cache_dir() / "allpairs", key) if repeat else None,
            progress=teller(f"{target.name}: {what} of {n:,} texts", "pairs", self.say),
        )  # fmt: skip
        if stream.resumed:
            self.recorder.warn(resumed(target.name, what, n=n, taken=stream.resumed, pairs=len(pairs)))
        return stream

    def _similarity_alone(self, target: Target, vectors: Vectors) -> None:
        import numpy as np

        if not np.isfinite(vectors).all(axis=1).any():
            return  # nothing to be like
        rng = np.random.default_rng(0)
        ends = self.clock.now_ns() + round(self.spec.max_seconds * 1e9 / 3)
        room = _MOST_BYTES // (4 * vectors.shape[1] * SIMILARITY_SIZES[-1])
        times = max(1, min(self._workers(target), _MOST_AT_ONCE, room))
        # A size that the suite names is timed on real vectors, as every repeat of it is.
        sizes = [n * times for n in SIMILARITY_SIZES if n * times not in self.spec.sizes]
        for repeat, n in itertools.product(range(1, self.spec.repeats + 1), sizes):
            if self.clock.now_ns() > ends:
                return
            _, took = self._compare(target, like_these(vectors, n, rng))
            self._append(target, self._similarity_row(n, repeat, took))

    def _neighbours(self, target: Target, indexes: Indexes, values: Vectors) -> None:
        if not self.keep_neighbours or target.planned.info.untrained:  # such a head's order would mean nothing
            return
        write_neighbours(target, self.dataset, indexes, values, self.recorder)

    def _row(self, scenario: str, n: int, repeat: int, *, n_items: int, unit: str = "") -> SampleRow:
        return SampleRow(
            dataset=self.dataset.name, scenario=scenario, phase="timed", n=n, batch_size=self.spec.batch_size,
            repeat=repeat, unit=unit, n_items=n_items,
        )  # fmt: skip

    def _similarity_row(self, n: int, repeat: int, took: Times) -> SampleRow:
        row = self._row("similarity", n, repeat, n_items=pair_count(n), unit="pair")
        return replace(row, batch_size=None, **took)

    def _append(self, target: Target, row: SampleRow) -> None:
        self.recorder.samples(target, "scaling", [row])

    def _timed(self, target: Target, work: Callable[[], Any]) -> tuple[Any, Times]:
        with Stopwatch(TargetClock(target, self.clock)) as took:
            result = work()
        return result, took.cells()
