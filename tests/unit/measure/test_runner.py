"""The runner on a clock that only providers move: truth is known to the nanosecond."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from embedmark.allpairs.counts import pair_count
from embedmark.allpairs.nearest import nearest, unit_rows
from embedmark.api import Embeddings, PairPredictions, Similarity, Usage
from embedmark.machine.kernel import Calibration
from embedmark.measure.latency import poisson_arrivals
from embedmark.measure.pairs import pair_scores
from embedmark.measure.warnings import warn_of_duplicates
from embedmark.store.read import read_run
from tests.kit import Clock, Known, Measured, dataset


def rows(run: Measured, provider: str, measure: str) -> list[dict[str, object]]:
    samples = run[0].samples
    found = samples[(samples["provider"] == provider) & (samples["measure"] == measure)]
    return found.to_dict("records")  # type: ignore[return-value]


def test_load_and_first_call_are_phases_of_their_own(measure: Callable[..., Measured], clock: Clock) -> None:
    run = measure([Known(clock, "a", each_ns=700)], {"latency": {"calls": 3}})
    load, first = rows(run, "a", "load")
    assert (load["phase"], load["elapsed_ns"]) == ("load", 5_000_000)
    assert (first["phase"], first["elapsed_ns"], first["n_items"]) == ("first", 700, 1)


class Device(Known):
    """Queues its work and returns at once, as CUDA does: only the barrier waits for it."""

    waiting_ns = 0

    def load(self) -> None:
        self.waiting_ns += 5_000_000

    def _work(self, n: int) -> None:
        self.calls.append(n)
        self.waiting_ns += self.fixed_ns + self.each_ns * n

    def sync(self) -> None:
        self.clock.ns += self.waiting_ns
        self.waiting_ns = 0


def test_the_clock_is_read_after_the_barrier(measure: Callable[..., Measured], clock: Clock) -> None:
    device = Device(clock, "a", each_ns=700)
    spec = {
        "accuracy": {},
        "throughput": {"batch_sizes": [4], "texts": 20, "passes": 10},
        "latency": {"calls": 5, "scenarios": ["single-stream", "server"], "rate": 80},
        "scaling": {"sizes": [4, 6, 8]},
    }
    run = measure([device], spec)
    load, first = rows(run, "a", "load")
    assert (load["elapsed_ns"], first["elapsed_ns"]) == (5_000_000, 700)
    assert {row["elapsed_ns"] for row in rows(run, "a", "throughput")} == {20 * 700}
    assert {row["elapsed_ns"] for row in rows(run, "a", "latency")} == {700}
    encoded = [row for row in rows(run, "a", "scaling") if row["scenario"] == "encode"]
    assert encoded
    assert all(row["elapsed_ns"] == row["n"] * 700 for row in encoded)
    assert {row["elapsed_ns"] for row in rows(run, "a", "accuracy")} == {80 * 700}


def test_throughput_is_interleaved_and_exact(measure: Callable[..., Measured], clock: Clock) -> None:
    a, b = Known(clock, "a", each_ns=1000), Known(clock, "b", kind="cross-encoder", fixed_ns=50, each_ns=300)
    spec = {"throughput": {"batch_sizes": [4, 16], "texts": 20, "passes": 10, "max_passes": 12, "warmup": 2}}
    run = measure([a, b], spec)
    timed = run[0].samples
    timed = timed[(timed["measure"] == "throughput") & (timed["phase"] == "timed") & (timed["batch_size"] == 4)]
    assert timed["provider"].tolist() == ["a", "b"] * 10  # A B A B, and no more: the interval is narrow at once
    assert set(timed[timed["provider"] == "a"]["elapsed_ns"]) == {20 * 1000}
    assert set(timed[timed["provider"] == "b"]["elapsed_ns"]) == {5 * 50 + 20 * 300}
    assert set(timed["n_items"]) == {20}
    assert set(timed[timed["provider"] == "a"]["unit"]) == {"text"}
    assert set(timed[timed["provider"] == "b"]["unit"]) == {"pair"}
    warmups = [row for row in rows(run, "a", "throughput") if row["phase"] == "warmup"]
    assert len(warmups) == 2 * 2


def test_a_time_budget_ends_a_cell(measure: Callable[..., Measured], clock: Clock) -> None:
    slow = Known(clock, "slow", each_ns=10_000_000)
    run = measure([slow], {"throughput": {"batch_sizes": [8], "texts": 10, "max_seconds": 0.35}})
    assert len([row for row in rows(run, "slow", "throughput") if row["phase"] == "timed"]) == 4


def test_budget_stop_and_duplicates_have_plain_sentences(measure: Callable[..., Measured], clock: Clock) -> None:
    data = dataset(40, "짝")
    double = replace(data, sentence1=(*data.sentence1[:-1], data.sentence2[0]),
                     sentence2=(*data.sentence2[:-1], data.sentence1[0]))  # fmt: skip
    spec = {"throughput": {"batch_sizes": [8], "texts": 10, "max_seconds": 0.35}}
    slow = Known(clock, "slow", each_ns=10_000_000)
    said = {warning.code: warning for warning in measure([slow], spec, [double])[0].manifest.warnings}
    assert said["few-samples"].message == (
        "slow, batch 8: stopped by the 0.35 s budget after 4 passes: too few for an interval (asked: ±2 %)"
    )
    assert said["duplicate-pairs"].message == "짝 has 1 duplicate pair (in either order)"
    # This one is of the catalogue, which nobody edits; a file of one's own can be mended.
    narrow = "a repeated pair counts twice in every score; intervals allow for it"
    assert said["duplicate-pairs"].advice == narrow
    own: list[str] = []
    plan = SimpleNamespace(datasets=(double,), suite=SimpleNamespace(datasets=[{"path": "짝.tsv"}]))
    warn_of_duplicates(cast(Any, plan), cast(Any, SimpleNamespace(warn=lambda notice: own.append(notice.advice))))
    assert own == [f"{narrow}; remove the duplicates"]


def test_a_noisy_machine_is_called_noisy(
    measure: Callable[..., Measured], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: Calibration, threads: int = 1, tries: int = 3) -> int:
        taken = self.readings.setdefault(threads, [])
        taken.append(200 if len(taken) > 11 else 100)
        return taken[-1]

    monkeypatch.setattr(Calibration, "read", read)
    monkeypatch.setattr(Calibration, "typical_ns", lambda self, threads: 100)
    manifest = measure([Known(clock, "a", each_ns=1000)], {"latency": {"calls": 80}})[0].manifest
    [said] = [warning for warning in manifest.warnings if warning.code == "noisy-host"]
    noisy, looks = manifest.host.noisy, manifest.host.looks
    assert said.message == (
        f"the machine was noisy at {noisy} of {looks} checks: a fixed calculation was over 15 % slower than usual "
        f"({noisy})"
    )


def test_single_stream_times_each_call(measure: Callable[..., Measured], clock: Clock) -> None:
    run = measure([Known(clock, "a", fixed_ns=7, each_ns=13)], {"latency": {"calls": 50, "warmup": 2}})
    calls = rows(run, "a", "latency")
    assert [row["call"] for row in calls] == list(range(1, 51))
    assert {row["elapsed_ns"] for row in calls} == {20}
    assert all(np.isnan(row["queue_ns"]) for row in calls)  # type: ignore[arg-type]


def test_the_server_scenario_counts_from_the_scheduled_arrival(measure: Callable[..., Measured], clock: Clock) -> None:
    service = 10_000_000
    provider = Known(clock, "a", each_ns=service)
    spec = {"latency": {"scenarios": ["server"], "calls": 200, "rate": 80, "max_seconds": 1e6}}
    calls = rows(measure([provider], spec), "a", "latency")
    arrivals = poisson_arrivals(80, 200, 0)
    free, waits = 0, []
    for arrival in arrivals:  # Lindley's recursion: the wait of a first-come, first-served queue with one worker
        begin = max(arrival, free)
        waits.append(begin - arrival)
        free = begin + service
    assert [row["queue_ns"] for row in calls] == waits
    assert max(waits) > service  # the queue really built up
    assert {row["elapsed_ns"] for row in calls} == {service}


def test_scaling_counts_are_exact(measure: Callable[..., Measured], clock: Clock) -> None:
    bi, cross = Known(clock, "bi"), Known(clock, "cross", kind="cross-encoder", each_ns=900)
    run = measure([bi, cross], {"scaling": {"sizes": [4, 8, 12], "repeats": 2}})
    encodes = [row for row in rows(run, "bi", "scaling") if row["scenario"] == "encode"]
    assert sorted((row["repeat"], row["n"], row["n_items"], row["elapsed_ns"]) for row in encodes) == [
        (repeat, n, n, n * 1000) for repeat in (1, 2) for n in (4, 8, 12)
    ]
    predicted = rows(run, "cross", "scaling")
    assert {row["scenario"] for row in predicted} == {"predict"}
    assert sorted((row["repeat"], row["n"], row["n_items"], row["elapsed_ns"]) for row in predicted) == [
        (repeat, n, pair_count(n), pair_count(n) * 900) for repeat in (1, 2) for n in (4, 8, 12)
    ]


def test_each_providers_vectors_are_compared_on_its_own_threads(
    measure: Callable[..., Measured], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def spied(vectors: np.ndarray, k: int, *, workers: int, **rest: Any) -> Any:
        seen.append((len(vectors), workers))
        return nearest(vectors, k, workers=workers, **rest)

    monkeypatch.setattr("embedmark.measure.scaling.measure.nearest", spied)
    spec = {"scaling": {"sizes": [4, 8], "repeats": 1}}
    measure([Known(clock, "one"), Known(clock, "two")], spec, threads={"one": 1, "two": 2})
    # A warm-up, the suite's sizes, and vectors like the real ones: twice as many where twice as many threads compare.
    assert sorted(seen) == sorted(
        [(4, 1), (4, 1), (8, 1), (50, 1), (100, 1), (4, 2), (4, 2), (8, 2), (100, 2), (200, 2)]
    )


def test_similarity_is_not_timed_alone_at_sizes_of_the_suite(measure: Callable[..., Measured], clock: Clock) -> None:
    run = measure([Known(clock, "a")], {"scaling": {"sizes": [4, 8, 50], "repeats": 1}}, threads={"a": 1})
    sizes = sorted(int(float(str(row["n"]))) for row in rows(run, "a", "scaling") if row["scenario"] == "similarity")
    assert sizes == [4, 8, 50, 100]


def test_nonfinite_vectors_do_not_fail_a_measured_provider(measure: Callable[..., Measured], clock: Clock) -> None:
    broken = Known(clock, "broken")
    broken.encode = lambda texts: Embeddings(np.full((len(texts), 2), np.nan, dtype=np.float32), Usage(requests=1))
    run = measure([broken], {"scaling": {"sizes": [4, 8], "repeats": 1}})
    assert run[0].failures.empty
    assert {row["n"] for row in rows(run, "broken", "scaling") if row["scenario"] == "similarity"} == {4, 8}


def test_repeats_of_a_size_end_with_the_budget(measure: Callable[..., Measured], clock: Clock) -> None:
    slow = Known(clock, "slow", kind="cross-encoder", each_ns=10_000_000)
    run = measure([slow], {"scaling": {"sizes": [4, 12], "repeats": 3, "max_seconds": 0.5}})
    sizes = [row["n"] for row in rows(run, "slow", "scaling")]
    # 12 takes 0.66 s: once in any case, for which no budget is counted, and again only if it fits.
    assert sorted(sizes[:2]) == [4, 12]
    assert sizes[2:] == [4, 4]


def test_sizes_come_in_another_order_at_every_repeat(measure: Callable[..., Measured], clock: Clock) -> None:
    run = measure([Known(clock, "a")], {"scaling": {"sizes": [4, 6, 8, 10, 12, 14], "repeats": 4}})

    sizes = [int(float(str(row["n"]))) for row in rows(run, "a", "scaling") if row["scenario"] == "encode"]

    orders = [tuple(sizes[i : i + 6]) for i in range(0, 24, 6)]
    assert len(set(orders)) > 1
    assert all(sorted(order) == [4, 6, 8, 10, 12, 14] for order in orders)
    assert (4, 6, 8, 10, 12, 14) not in orders


@pytest.mark.parametrize(
    ("each_ns", "largest"),
    [
        (100_000, 640),  # 0.1 ms a text: all that the dataset has
        (10_000_000, 320),  # all sizes up to 320 have 700 texts: 7 of 7.5 s
        (50_000_000, 80),  # 11 s for the six default sizes
    ],
)
def test_bi_encoder_is_timed_at_as_many_texts_as_time_allows(
    measure: Callable[..., Measured], clock: Clock, each_ns: int, largest: int
) -> None:
    spec = {"scaling": {"max_seconds": 15}}

    run = measure([Known(clock, "a", each_ns=each_ns)], spec, [dataset(320)])

    sizes = {int(float(str(row["n"]))) for row in rows(run, "a", "scaling") if row["scenario"] == "encode"}
    assert sizes == {10, 16, 24, 36, 54, 80, *(n for n in (160, 320, 640) if n <= largest)}


def test_accuracy_scores_every_pair_in_order(measure: Callable[..., Measured], clock: Clock) -> None:
    data = dataset(25)
    run = measure([Known(clock, "bi"), Known(clock, "cross", kind="cross-encoder")], {"accuracy": {}}, [data])
    scores = run[0].scores
    bi, cross = scores[scores["provider"] == "bi"], scores[scores["provider"] == "cross"]
    assert bi["pair_id"].tolist() == cross["pair_id"].tolist() == list(data.pair_ids)
    a = np.array([[len(t), 1.0] for t in data.sentence1])
    b = np.array([[len(t), 1.0] for t in data.sentence2])
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert np.allclose(bi["predicted"], cosine)
    assert np.allclose(bi["neg_manhattan"], -np.abs(a - b).sum(1))
    assert bi["predicted_reversed"].isna().all()
    assert np.allclose(
        cross["predicted"], [len(x) / (1 + len(y)) for x, y in zip(data.sentence1, data.sentence2, strict=True)]
    )
    assert np.allclose(
        cross["predicted_reversed"],
        [len(y) / (1 + len(x)) for x, y in zip(data.sentence1, data.sentence2, strict=True)],
    )
    assert cross["dot"].isna().all()


def test_an_untrained_head_is_never_scored(measure: Callable[..., Measured], clock: Clock) -> None:
    run = measure([Known(clock, "c", kind="cross-encoder", untrained=True)], {"accuracy": {}})
    assert run[0].scores.empty
    assert run[0].failures.empty


def test_a_provider_that_dies_is_rows_and_the_others_finish(measure: Callable[..., Measured], clock: Clock) -> None:
    dying, healthy = Known(clock, "dying", fail_after=3), Known(clock, "healthy")
    spec = {"accuracy": {"batch_size": 8}, "throughput": {"batch_sizes": [4], "texts": 8}, "latency": {"calls": 5}}
    raw, _, progress = run = measure([dying, healthy], spec)
    assert raw.failures.to_dict("records") == [
        {
            "provider": "dying", "dataset": "자료", "measure": "accuracy", "phase": "timed",
            "error_type": "ProviderError", "message": "the provider has died (start it again)", "retries": 0,
        }
    ]  # fmt: skip
    assert [p.status for p in raw.manifest.providers] == ["failed", "ok"]
    assert len(rows(run, "healthy", "latency")) == 5
    assert rows(run, "dying", "load")  # what was measured before is kept
    assert (dying.closed, healthy.closed) == (1, 1)
    assert progress.done == progress.jobs


def test_provider_that_dies_leaves_the_others_their_turns(measure: Callable[..., Measured], clock: Clock) -> None:
    dying, healthy = Known(clock, "dying", fail_after=8), Known(clock, "healthy")
    run = measure([dying, healthy], {"throughput": {"batch_sizes": [4], "texts": 8}})
    assert len([r for r in rows(run, "dying", "throughput") if r["phase"] == "timed"]) < 10
    assert len([r for r in rows(run, "healthy", "throughput") if r["phase"] == "timed"]) == 10
    assert run[0].failures["measure"].tolist() == ["throughput"]


def test_an_interrupt_keeps_what_was_measured(measure: Callable[..., Measured], clock: Clock, tmp_path: object) -> None:
    class Interrupted(Known):
        def _work(self, n: int) -> None:
            if len(self.calls) == 12:
                raise KeyboardInterrupt
            super()._work(n)

    provider = Interrupted(clock, "a")
    with pytest.raises(KeyboardInterrupt):
        measure([provider], {"latency": {"calls": 50, "warmup": 1}})
    from embedmark.store.read import read_run

    samples = read_run(tmp_path / "run").samples  # type: ignore[operator]
    assert (samples["measure"] == "latency").sum() == 10
    assert provider.closed == 1


def test_tokens_are_counted_and_truncation_is_a_warning(measure: Callable[..., Measured], clock: Clock) -> None:
    data = dataset(5)
    long = replace(data, sentence1=("x" * 30, *data.sentence1[1:]))
    run = measure([Known(clock, "a")], {"throughput": {"batch_sizes": [4], "texts": 10}}, [long])
    counted = run[0].manifest.tokens["a"]["자료"]
    assert (counted.truncated_texts, counted.truncated_tokens, counted.n_texts) == (1, 10, 10)
    assert [w.code for w in run[0].manifest.warnings if w.code == "truncation"] == ["truncation"]
    assert {r["tokens"] for r in rows(run, "a", "throughput")} == {counted.read}


def test_truncation_in_replies_is_kept_without_a_tokenizer(measure: Callable[..., Measured], clock: Clock) -> None:
    class Server(Known):
        count_tokens = None  # type: ignore[assignment]

        def _encode(self, texts: Sequence[str]) -> Embeddings:
            cut = sum(len(text) > 12 for text in texts)
            return replace(super()._encode(texts), usage=Usage(truncated_texts=cut, truncated_tokens=2 * cut))

    run = measure([Server(clock, "a")], {"accuracy": {}})[0]
    counted = run.manifest.tokens["a"]["자료"]
    texts = {*dataset().sentence1, *dataset().sentence2}
    cut = sum(len(text) > 12 for text in texts)
    assert cut
    assert counted.to_json() == {"n_texts": len(texts), "truncated_texts": cut, "truncated_tokens": 2 * cut}
    (warning,) = [w for w in run.manifest.warnings if w.code == "truncation"]
    assert f"{cut} of {len(texts)} texts of 자료 were cut" in warning.message


@pytest.mark.parametrize(("similarity", "code"), [("dot", "zero-vectors"), ("cosine", "no-score")])
def test_zero_vectors_are_reported(
    measure: Callable[..., Measured], clock: Clock, similarity: Similarity, code: str
) -> None:
    class Blind(Known):
        def _encode(self, texts: Sequence[str]) -> Embeddings:
            found = super()._encode(texts)
            found.vectors[[text.startswith("sentence 1") for text in texts]] = 0
            return found

    blind = Blind(clock, "a")
    blind.info = replace(blind.info, similarity=similarity)
    warnings = measure([blind], {"accuracy": {}})[0].manifest.warnings
    (warning,) = [w for w in warnings if w.code in ("zero-vectors", "no-score")]
    assert warning.code == code
    assert " 11 of " in warning.message  # 1, and 10 to 19


def test_rows_that_are_not_finite_have_no_score() -> None:
    a = np.array([[1, 0], [0, 0], [np.nan, 1]], dtype=np.float32)
    b = np.array([[1, 1], [1, 1], [1, 1]], dtype=np.float32)
    scores = pair_scores(a, b, "cosine")
    assert scores["predicted"][0] == pytest.approx(2**-0.5)
    assert np.isnan(scores["predicted"][1:]).all()  # a zero vector has no direction
    assert scores["dot"][1] == 0
    assert np.isnan(scores["dot"][2])
    assert pair_scores(a, b, "dot")["predicted"][0] == 1


@pytest.mark.parametrize(("n", "k", "block"), [(5, 3, 2), (50, 10, 16), (7, 10, 100)])
def test_nearest_is_exact(n: int, k: int, block: int) -> None:
    vectors = unit_rows(np.random.default_rng(n).standard_normal((n, 4)).astype(np.float32))
    indexes, values = nearest(vectors, k, block=block)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    wanted = np.argsort(-similarity, axis=1, kind="stable")[:, : min(k, n - 1)]
    assert np.array_equal(indexes, wanted)
    assert np.allclose(values, np.take_along_axis(similarity, wanted, 1))


def test_poisson_arrivals_are_seeded_and_of_the_right_rate() -> None:
    arrivals = poisson_arrivals(50, 20_000, 3)
    assert arrivals == poisson_arrivals(50, 20_000, 3) != poisson_arrivals(50, 20_000, 4)
    assert arrivals == sorted(arrivals)
    gaps = np.diff(arrivals) / 1e9
    assert gaps.mean() == pytest.approx(1 / 50, rel=0.03)
    assert gaps.std() == pytest.approx(1 / 50, rel=0.05)  # an exponential's deviation is its mean


def test_the_second_stage_predicts_each_candidate_pair_once(measure: Callable[..., Measured], clock: Clock) -> None:
    bi, cross = Known(clock, "bi"), Known(clock, "cross", kind="cross-encoder", each_ns=900)
    run = measure([bi, cross], {"scaling": {"sizes": [4, 8, 30], "repeats": 2, "candidates": 3, "top_k": 2}})
    reranked = rows(run, "bi+cross", "scaling")
    assert [(row["kind"], row["scenario"], row["n"], row["repeat"]) for row in reranked] == [
        ("two-stage", "rerank", 30, 1), ("two-stage", "rerank", 30, 2)
    ]  # fmt: skip
    neighbours = run[0].neighbours
    assert neighbours is not None
    passed = neighbours[neighbours["provider"] == "bi"]
    pairs = {frozenset(pair) for pair in zip(passed["text"], passed["neighbour"], strict=True)}
    assert [(row["n_items"], row["elapsed_ns"]) for row in reranked] == [(len(pairs), 900 * len(pairs))] * 2
    assert len(passed) == 30 * 3
    own = neighbours[neighbours["provider"] == "cross"]
    assert (len(own), set(own["n"])) == (30 * 2, {30})


def test_an_untrained_head_is_timed_and_has_no_neighbours(measure: Callable[..., Measured], clock: Clock) -> None:
    cross = Known(clock, "cross", kind="cross-encoder", untrained=True)
    run = measure([Known(clock, "bi"), cross], {"scaling": {"sizes": [4, 8]}})
    assert run[0].neighbours is None  # nothing to hold the bi-encoder's against
    assert rows(run, "bi+cross", "scaling")


def test_a_pairing_without_its_first_stage_is_left_out(measure: Callable[..., Measured], clock: Clock) -> None:
    broken, cross = Known(clock, "broken", fail_after=2), Known(clock, "cross", kind="cross-encoder")
    run = measure([broken, cross], {"scaling": {"sizes": [4, 8, 12]}})
    assert run[1].targets["cross"].failed is None
    assert rows(run, "broken+cross", "scaling") == []
    assert rows(run, "cross", "scaling")


def test_interrupted_run_keeps_and_does_not_repeat_predictions(
    measure: Callable[..., Measured], clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path / "cache"))
    cross = Known(clock, "cross", kind="cross-encoder", each_ns=900)
    predict, left = cross.predict, [1 + 1 + 1 + 3]  # first call, warm-up, n = 4, and three batches of n = 20

    def interrupted(pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return predict(pairs)

    cross.predict = interrupted  # type: ignore[method-assign]
    spec = {"scaling": {"sizes": [4, 20], "repeats": 1}}
    with pytest.raises(KeyboardInterrupt):
        measure([cross], spec)
    kept = read_run(tmp_path / "run").samples
    assert kept[kept["measure"] == "scaling"]["n"].tolist() == [4]
    shutil.rmtree(tmp_path / "run")
    again = Known(clock, "cross", kind="cross-encoder", each_ns=900)
    run = measure([again], spec)
    assert sum(again.calls) == 1 + 6 + 6 + (190 - 3 * 32)
    assert [row["elapsed_ns"] for row in rows(run, "cross", "scaling")] == [900 * 6, 900 * 190]
    assert [w.code for w in run[0].manifest.warnings] == ["resumed"]


def test_default_server_load_is_a_share_of_its_capacity(measure: Callable[..., Measured], clock: Clock) -> None:
    spec = {"latency": {"scenarios": ["server"], "calls": 50, "load": 0.4, "max_seconds": 1e6}}
    run = measure([Known(clock, "a", each_ns=10_000_000)], spec)
    [entry] = run[0].manifest.providers
    assert entry.server_rate_per_s == pytest.approx(40)  # 100 a second are its capacity
    assert len(rows(run, "a", "latency")) == 50


@pytest.mark.parametrize("change", ["nothing", "the bi-encoder", "the threads"])
def test_second_stage_resumes_only_with_same_pairs_and_threads(
    change: str, measure: Callable[..., Measured], clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path / "cache"))
    spec = {"scaling": {"sizes": [4, 30], "repeats": 1, "candidates": 3, "top_k": 2}}
    cross = Known(clock, "cross", kind="cross-encoder", each_ns=900)
    predict, left = cross.predict, [1 + 1 + 1 + 14 + 1]  # first call, warm-up, n = 4, n = 30, and a batch of candidates

    def interrupted(pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return predict(pairs)

    cross.predict = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        measure([Known(clock, "bi"), cross], spec, threads={"cross": 1})
    shutil.rmtree(tmp_path / "run")
    bi, again = Known(clock, "bi"), Known(clock, "cross", kind="cross-encoder", each_ns=900)
    if change == "the bi-encoder":
        rng = np.random.default_rng(0)
        bi.encode = lambda texts: Embeddings(rng.normal(size=(len(texts), 2)).astype(np.float32), Usage(requests=1))
    run = measure([bi, again], spec, threads={"cross": 2 if change == "the threads" else 1})
    resumed = [w.code for w in run[0].manifest.warnings if w.code == "resumed"]
    assert resumed == (["resumed"] if change == "nothing" else [])
    (row,) = rows(run, "bi+cross", "scaling")
    assert row["elapsed_ns"] == 900 * row["n_items"]


def test_a_symmetric_cross_encoder(measure: Callable[..., Measured], clock: Clock) -> None:
    """Its score is the mean of both orders, each timed pair takes both, and the tokens are those of pairs."""
    symmetric, plain = (Known(clock, name, kind="cross-encoder", each_ns=1000) for name in ("s", "p"))
    symmetric.info = replace(symmetric.info, symmetric=True)
    spec = {"accuracy": {}, "throughput": {"batch_sizes": [8], "texts": 8}, "scaling": {"sizes": [4, 6, 8]}}
    run, runner, _ = measure([symmetric, plain], spec)
    scores = run.scores.set_index(["provider", "pair_id"])
    s, p = scores.loc["s"], scores.loc["p"]
    np.testing.assert_allclose(s["predicted"], (p["predicted"] + p["predicted_reversed"]) / 2)
    np.testing.assert_array_equal(s["predicted_reversed"], p["predicted_reversed"])
    for name in ("throughput", "scaling"):
        rows = run.samples[(run.samples["measure"] == name) & (run.samples["phase"] == "timed")]
        took = rows.groupby("provider")["elapsed_ns"].median()
        assert took["s"] == 2 * took["p"]
    jobs = {(job.provider, job.measure): job for job in runner.plan.jobs}
    assert jobs["s", "accuracy"].pair_predictions == jobs["p", "accuracy"].pair_predictions == 80
    assert jobs["s", "scaling"].pair_predictions == 2 * jobs["p", "scaling"].pair_predictions
    counted = run.manifest.tokens["p"]["자료"]
    assert (counted.n_pairs, counted.read) == (40, 80)  # Known counts len(pair): 2 each


def test_what_a_provider_notes_becomes_a_warning(measure: Callable[..., Measured], clock: Clock) -> None:
    noted = Known(clock, "a")
    noted.info = replace(noted.info, notes=("its pooling is another one",))
    run = measure([noted], {"accuracy": {}})[0]
    (warning,) = [w for w in run.manifest.warnings if w.code == "provider"]
    assert warning.message == "a: its pooling is another one"
