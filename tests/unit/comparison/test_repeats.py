"""Three runs a side: each run's ratio to what both sides contain; runs that do not repeat each other are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedmark.comparison.match import Side
from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.runs import compare_runs
from embedmark.comparison.sides import read_sides
from embedmark.derive.run import MeasuredRun
from embedmark.errors import UsageError
from embedmark.store.manifest.model import Manifest
from tools.synthetic import FakeDataset, FakeProvider, make_run

TWO = (FakeProvider("wordllama", rate=5000), FakeProvider("lexical", rate=800))
NOISY = tuple(replace(provider, host_state="noisy") for provider in TWO)
TIMINGS = ("items_per_s", "latency_ms_p50", "usd_per_1k_items")


def repeated(
    folder: Path, providers: Sequence[FakeProvider], *, paces: Sequence[float] = (1.0, 1.0, 1.0), seed: int = 0
) -> Side:
    """Return a side of as many runs as `paces`, each on a machine of its own pace."""
    for i, pace in enumerate(paces):
        make_run(folder / str(i), providers, (FakeDataset(n_pairs=40),), seed=seed + i, pace=pace)
    return read_sides([folder])[0]


def find(found: ComparedRuns, provider: str, metric: str) -> Change:
    return next(c for c in found.changes if (c.provider, c.metric) == (provider, metric))


def faster(providers: Sequence[FakeProvider], name: str, factor: float) -> list[FakeProvider]:
    return [replace(p, rate=p.rate * factor) if p.name == name else p for p in providers]


@pytest.mark.parametrize("metric", TIMINGS)
def test_unchanged_suite_on_a_changing_machine_is_no_difference(tmp_path: Path, metric: str) -> None:
    """The case of the issue: both providers 61 % and 73 % faster, every row noisy, and nothing changed."""
    before = repeated(tmp_path / "before", NOISY, paces=(1.0, 1.2, 0.9))
    after = repeated(tmp_path / "after", NOISY, paces=(1.7, 1.5, 1.8), seed=9)

    found = compare_runs(before, [after])

    assert {find(found, provider.name, metric).verdict for provider in TWO} == {"no clear difference"}


def test_noisy_rows_have_no_verdict_without_a_reference(tmp_path: Path) -> None:
    before = repeated(tmp_path / "before", NOISY[:1])
    after = repeated(tmp_path / "after", faster(NOISY[:1], "wordllama", 3.0), seed=9)

    change = find(compare_runs(before, [after]), "wordllama", "items_per_s")

    assert change.verdict == "not comparable"
    assert "noisy" in change.unjudged


def test_quiet_rows_have_a_verdict_without_a_reference(tmp_path: Path) -> None:
    before = repeated(tmp_path / "before", TWO[:1])
    after = repeated(tmp_path / "after", faster(TWO[:1], "wordllama", 0.6), seed=9)

    change = find(compare_runs(before, [after]), "wordllama", "items_per_s")

    assert (change.verdict, change.reason) == ("worse", "3 and 3 runs")


def test_reference_is_honored_for_repeated_runs(tmp_path: Path) -> None:
    """The machine is twice as fast afterwards, and wordllama is 30 % slower on it."""
    before = repeated(tmp_path / "before", NOISY)
    after = repeated(tmp_path / "after", faster(NOISY, "wordllama", 0.7), paces=(2.0, 2.1, 1.9), seed=9)

    found = compare_runs(before, [after], reference="lexical")

    change = find(found, "wordllama", "items_per_s")
    assert change.verdict == "worse"
    assert change.change == pytest.approx(-0.3, abs=0.05)
    assert "relative to lexical" in change.reason
    assert find(found, "lexical", "items_per_s").reason == "it is the reference"
    assert find(found, "lexical", "items_per_s").unjudged == ""


@pytest.mark.parametrize("reference", [None, "lexical"])
def test_before_and_after_are_what_the_change_is_made_of(tmp_path: Path, reference: str | None) -> None:
    before = repeated(tmp_path / "before", TWO)
    after = repeated(tmp_path / "after", faster(TWO, "wordllama", 0.7), paces=(2.0, 2.1, 1.9), seed=9)

    found = compare_runs(before, [after], reference=reference)

    made = [change for change in found.changes if change.change is not None and change.scale == "ratio"]
    assert made
    for change in made:
        assert change.baseline is not None
        assert change.value is not None
        assert change.value / change.baseline - 1 == pytest.approx(change.change, abs=1e-9)


def test_what_each_run_measured_is_kept_beside_it(tmp_path: Path) -> None:
    before = repeated(tmp_path / "before", TWO)
    after = repeated(tmp_path / "after", TWO, paces=(2.0, 2.0, 2.0), seed=9)

    change = find(compare_runs(before, [after], reference="lexical"), "wordllama", "items_per_s")

    assert change.value_measured == pytest.approx(2 * (change.baseline_measured or 0), rel=0.05)
    assert change.value == pytest.approx(change.baseline, rel=0.05)


def test_of_two_providers_quiet_runs_say_which_changed(tmp_path: Path) -> None:
    before = repeated(tmp_path / "before", TWO)
    after = repeated(tmp_path / "after", faster(TWO, "wordllama", 0.6), seed=9)

    found = compare_runs(before, [after])

    assert find(found, "wordllama", "items_per_s").verdict == "worse"
    assert find(found, "lexical", "items_per_s").verdict == "no clear difference"


def test_of_two_providers_noisy_runs_do_not_say_which_changed(tmp_path: Path) -> None:
    before = repeated(tmp_path / "before", NOISY)
    after = repeated(tmp_path / "after", faster(NOISY, "wordllama", 0.6), seed=9)

    found = compare_runs(before, [after])

    assert {find(found, p.name, "items_per_s").verdict for p in TWO} == {"not comparable"}
    assert "--reference" in find(found, "lexical", "items_per_s").unjudged


@pytest.mark.parametrize(("slow_ns", "verdict"), [(2_200_000, "worse"), (3_900_000, "not comparable")])
def test_slow_machine_gives_no_verdict_without_a_reference(tmp_path: Path, slow_ns: int, verdict: str) -> None:
    """Three runs of one slow afternoon agree with each other; the calibration kernel tells."""
    sides = [repeated(tmp_path / name, TWO[:1], paces=[pace] * 3) for name, pace in (("a", 1.0), ("b", 0.5))]
    before, after = (with_kernel(side, ns) for side, ns in zip(sides, (2_000_000, slow_ns), strict=True))

    change = find(compare_runs(before, [after]), "wordllama", "items_per_s")

    assert change.verdict == verdict
    if verdict == "not comparable":
        assert "2.0 ms in a, 3.9 ms in b" in change.reason


def test_paces_told_by_different_calculations_are_not_compared(tmp_path: Path) -> None:
    """Runs of an older version timed a loop of Python of 2 ms; that says nothing beside a hash of 25 ms."""
    before, after = (repeated(tmp_path / name, TWO[:1], paces=[1.0] * 3) for name in ("a", "b"))

    change = find(
        compare_runs(with_kernel(before, 2_000_000), [with_kernel(after, 25_000_000, kernel="sha256 of 24 MiB")]),
        "wordllama",
        "items_per_s",
    )

    assert change.verdict == "not comparable"
    assert "different calculations" in change.reason


def test_other_items_in_a_later_run_are_not_compared(tmp_path: Path) -> None:
    """Passes of under 50 ms take more items: in one run of three, the machine may have been too slow for that."""
    before, after = repeated(tmp_path / "before", TWO), repeated(tmp_path / "after", TWO, seed=9)
    samples = after.runs[2].raw.samples
    samples.loc[samples["measure"] == "throughput", "n_items"] = 256

    change = find(compare_runs(before, [of_raw(after)]), "lexical", "items_per_s")

    assert change.verdict == "not comparable"
    assert change.reason.endswith("set measure.throughput.texts to 256")


def test_a_run_that_is_counted_twice_is_noted(tmp_path: Path) -> None:
    repeated(tmp_path / "before", TWO)
    after = repeated(tmp_path / "after", TWO, seed=9)
    shutil.rmtree(tmp_path / "before" / "2")
    shutil.copytree(tmp_path / "before" / "0", tmp_path / "before" / "2")

    found = compare_runs(read_sides([tmp_path / "before"])[0], [after])

    copies = [note for note in found.notes if "is a copy of" in note]
    assert [note.split(":")[0] for note in copies] == ["before/2 is a copy of before/0"]


def test_several_runs_on_one_side_are_said(tmp_path: Path) -> None:
    before, after = repeated(tmp_path / "a", TWO), repeated(tmp_path / "b", TWO, paces=(1.0,), seed=9)

    found = compare_runs(before, [after], reference="lexical")

    assert "calls of 3 and of 1 runs together" in find(found, "wordllama", "latency_ms_p50").reason


def test_references_whose_passes_held_other_items_are_left_out(tmp_path: Path) -> None:
    """Longer passes of two fast providers looked like a machine three times as fast, and the others like slow ones."""
    four = [FakeProvider(name, rate=rate) for name, rate in (("a", 100), ("b", 60), ("x", 5000), ("y", 9000))]
    faster_ones = [replace(p, rate=3 * p.rate) if p.name in "xy" else p for p in four]
    before, after = repeated(tmp_path / "a", four, paces=(1.0,)), repeated(tmp_path / "b", faster_ones, paces=(1.5,))
    samples = after.runs[0].raw.samples
    longer = samples["provider"].isin(["x", "y"]) & (samples["measure"] == "throughput")
    samples.loc[longer, "n_items"] *= 4
    samples.loc[longer, "elapsed_ns"] *= 4

    found = compare_runs(before, [of_raw(after)])

    assert find(found, "a", "items_per_s").verdict == "no clear difference"
    assert find(found, "a", "items_per_s").reason.startswith("relative to b:")
    assert find(found, "x", "items_per_s").verdict == "not comparable"


@pytest.mark.parametrize(("tokens", "verdict"), [(1, "no clear difference"), (2, "not comparable")])
def test_counted_tokens_at_the_billed_price_are_compared(tmp_path: Path, tokens: int, verdict: str) -> None:
    """A cache may serve tokens of replies that were not billed: the first run then counts, and the next one bills."""
    paid = (FakeProvider("api", usd_per_1m_tokens=0.1), *TWO)
    before, after = repeated(tmp_path / "a", paid, paces=(1.0,)), repeated(tmp_path / "b", paid, paces=(1.0,))
    after.runs[0].raw.samples["requests"] = float("nan")
    before.runs[0].raw.samples["tokens"] *= tokens

    change = find(compare_runs(of_raw(before), [of_raw(after)]), "api", "usd_per_1k_items")

    assert change.verdict == verdict


def of_raw(side: Side) -> Side:
    return replace(side, runs=tuple(MeasuredRun.of(run.raw) for run in side.runs))


def with_kernel(side: Side, kernel_ns: int, **facts: str) -> Side:
    host = {"host": {"kernel_median_ns": kernel_ns, **facts}}
    runs = (replace(run.raw, manifest=Manifest.from_json(run.raw.manifest.to_json() | host)) for run in side.runs)
    return replace(side, runs=tuple(MeasuredRun.of(raw) for raw in runs))


def price(manifest: dict[str, Any]) -> None:
    manifest["suite"]["measure"]["cost"]["hardware_usd_per_hour"] = 0.5


def tokens_price(manifest: dict[str, Any]) -> None:
    manifest["prices"] = [{"provider": "lexical", "usd_per_1m_tokens": 0.13, "source": "suite", "as_of": None}]


def threads(manifest: dict[str, Any]) -> None:
    manifest["suite"]["threads"] = 2


def data(manifest: dict[str, Any]) -> None:
    manifest["datasets"][0]["sha256"] = "0" * 64


def machine(manifest: dict[str, Any]) -> None:
    manifest["environment"]["cpu"] = "another CPU"


def model(manifest: dict[str, Any]) -> None:
    manifest["providers"][1]["model"] = "another/model"


def passes(manifest: dict[str, Any]) -> None:
    manifest["suite"]["measure"]["throughput"]["texts"] = 64


def shorter_passes(manifest: dict[str, Any]) -> None:
    manifest["suite"]["measure"]["throughput"]["min_pass_ms"] = 5


def died(manifest: dict[str, Any]) -> None:
    manifest["providers"][1]["status"] = "failed"


def batch_price(manifest: dict[str, Any]) -> None:
    manifest["prices"] = [{"provider": "lexical", "batch_usd_per_1m_tokens": 0.05, "usd_per_1k_searches": 2.0}]


def library(manifest: dict[str, Any]) -> None:
    manifest["packages"]["embedmark"] = "9.9"


def python(manifest: dict[str, Any]) -> None:
    manifest["environment"]["python"] = "3.99.0"


def options(manifest: dict[str, Any]) -> None:
    manifest["providers"][1]["options"] = {"pooling": "max"}


def gone(manifest: dict[str, Any]) -> None:
    del manifest["providers"][1]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    """Return two sides of three runs that repeat each other."""
    base = tmp_path_factory.mktemp("sides")
    return repeated(base / "before", TWO), repeated(base / "after", TWO)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (price, "hardware_usd_per_hour 0.2, 0.5"),
        (tokens_price, "price $None, $0.13"),
        (threads, "threads 1, 2"),
        (data, "sha256 "),
        (machine, "another CPU"),
        (model, "model synthetic/lexical, another/model"),
        (passes, "measure.throughput.texts 128, 64"),
        (shorter_passes, "measure.throughput.min_pass_ms None, 5"),
        (died, "lexical: status ok, failed"),
        (gone, "provider lexical in one of them only"),
        (batch_price, "price batch_usd_per_1m_tokens None, 0.05"),
        (library, "embedmark "),
        (python, "Python "),
        (options, "lexical: options {}, {'pooling': 'max'}"),
    ],
)
def test_a_run_that_does_not_repeat_the_first_is_refused(
    sides: tuple[Side, Side], edit: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        compare_runs(sides[0], [_edited(sides[1], 2, edit)])

    assert said in caught.value.message
    assert f"embedmark compare {sides[1].folders[0]}" in (caught.value.hint or "")


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("edited", [0, 1])
def test_every_later_run_of_both_sides_is_checked(sides: tuple[Side, Side], edited: int, place: int) -> None:
    changed = list(sides)
    changed[edited] = _edited(sides[edited], place, price)

    with pytest.raises(UsageError) as caught:
        compare_runs(changed[0], changed[1:])

    label = ("before", "after")[edited]
    assert caught.value.message.startswith(f"{label}/{place} does not repeat {label}/0: ")


def _edited(side: Side, place: int, edit: Callable[[dict[str, Any]], None]) -> Side:
    raw = side.runs[place].raw
    manifest = raw.manifest.to_json()
    edit(manifest)
    runs = list(side.runs)
    runs[place] = MeasuredRun.of(replace(raw, manifest=Manifest.from_json(manifest)))
    return replace(side, runs=tuple(runs))
