"""Every way to break the interface is caught, by the check that names it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from embedmark.testing import assert_conforms, conform

_FILE = Path(__file__).with_name("cheats.py")
_SPEC = importlib.util.spec_from_file_location("embedmark_cheats", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
cheats = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = cheats
_SPEC.loader.exec_module(cheats)

CAUGHT = [
    ("OneShort", "shape", "15, 8"),
    ("BareArray", "shape", "returned ndarray, not embedmark.api.Embeddings"),
    ("OtherDim", "shape", "8 dimensions, and info.dim says 9"),
    ("Nan", "finite", "row 15 of 16"),
    ("Float64", "dtype", "float64, not float32"),
    ("SortedByLength", "row order", "belongs to item"),
    ("ZeroForSymbols", "non-blank is never zero", "zero vector for '.'"),
    ("Centred", "batch of 1 and of n", "a batch of 2 and a batch of 1 give different"),
    ("ScaledByBatch", "batch of 1 and of n", "drifts by"),
    ("Remembers", "earlier calls", "depends on the call before"),
    ("Random", "same input, same output", "two different replies"),
    ("HashSeeded", "second process", "different replies"),
    ("OneBuffer", "earlier replies", "return a new array"),
    ("Unique", "duplicates", "is twice in a call"),
    ("NoEmpty", "empty batch", "ValueError: need at least one array"),
    ("RefusesEmpty", "empty string", "limits.empty_text is True, and '' is refused"),
    ("TakesEmpty", "empty string", "limits.empty_text is False, and '' is taken"),
    ("NoEmoji", "emoji", "UnicodeEncodeError"),
    ("AsciiOnly", "Korean, NFD", "UnicodeEncodeError"),
    ("ShortOnly", "100,000 characters", "names no limit"),
    ("NegativeUsage", "finite", "usage.tokens is out of range"),
    ("PaddedCount", "count_tokens", "do not count padding"),
    ("ClosesOnce", "close twice", "RuntimeError: closed already (at cheats.py:"),
    ("CloseNeedsLoad", "close before load", "AttributeError"),
    ("BadGoodbye", "close twice", "RuntimeError: no goodbye (at cheats.py:"),
    ("Prints", "prints nothing", "encode() wrote to the terminal: 'encoding 16 texts'"),
    ("Progress", "prints nothing", "load() wrote to the terminal: 'loading: 100%'"),
    ("Sleeps", "does not sleep", "cheats.py:"),
    ("SleepsByName", "does not sleep", "cheats.py:"),
    ("SleepsAsync", "does not sleep", "cheats.py:"),
    ("Exits", "shape", "SystemExit: no (at cheats.py:"),
    ("OtherModel", "info after load", "info.model was 'cheat' and is 'another'"),
    ("LeaksKey", "info before load", "holds the value of CHEAT_API_KEY"),
    ("NotConcurrent", "calls at once", "8 calls at once"),
    ("RowsSwapped", "row order", "row 0 of a batch of 16 holds what belongs to item 1"),
    ("SidesSwapped", "sides of a pair", "sides swapped"),
    ("PairsAsColumn", "shape", "(16, 1) for 16 items, not (n,)"),
]


@pytest.mark.parametrize(("name", "check", "says"), CAUGHT, ids=[name for name, _, _ in CAUGHT])
def test_faulty_provider_fails_its_check(name: str, check: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEAT_API_KEY", "sk-0123456789")
    if name not in ("HashSeeded", "Remembers"):  # the others need no process of their own to be seen
        monkeypatch.setattr("embedmark.testing.checks.replies.elsewhere", _here)
    outcome = conform(getattr(cheats, name))
    # One cause, one failure: what rests on a failed check is skipped.
    assert [finding.check for finding in outcome.failed] == [check], str(outcome)
    assert says in outcome.failed[0].detail
    assert "sk-0123456789" not in str(outcome.findings)


def _here(source, items):
    provider = source.create()
    provider.load()
    if hasattr(provider, "predict"):
        return provider.predict(items).values
    import asyncio

    reply = provider.encode(items) if provider.encode else asyncio.run(provider.aencode(items))
    return reply.vectors


@pytest.mark.parametrize("name", ["Honest", "HonestPairs", "HonestAsync"])
def test_the_honest_ones_conform(name: str) -> None:
    outcome = conform(getattr(cheats, name))
    assert outcome.ok, str(outcome)
    assert_conforms(getattr(cheats, name))
    assert {f.check for f in outcome.of("skipped")} <= {"count_tokens", "calls at once", "non-blank is never zero"}
    assert all(finding.detail for finding in outcome.of("skipped"))
    if name == "Honest":
        assert outcome.cosine_drift is not None
        assert outcome.cosine_drift < 1e-12
        assert outcome.drift_batch in (2, 3, 7, 16)


def test_what_rests_on_a_failed_check_is_skipped_and_says_why() -> None:
    outcome = conform(cheats.Nan)
    skipped = {finding.check: finding.detail for finding in outcome.of("skipped")}
    assert skipped["row order"] == "skipped until 'finite' passes"
    assert skipped["duplicates"] == "skipped until 'finite' passes"
    assert outcome.cosine_drift is None


def test_timed_out_text_is_neither_refusal_nor_failure() -> None:
    outcome = conform(cheats.SlowReader)
    assert outcome.ok, str(outcome)
    skipped = {finding.check: finding.detail for finding in outcome.of("skipped")}
    assert skipped["100,000 characters"] == "not done in the time that the provider allows: no reply within 5 s"


def test_assert_conforms_names_what_failed() -> None:
    with pytest.raises(AssertionError, match=r"dtype: vectors are float64, not float32"):
        assert_conforms(cheats.Float64)


def test_the_drift_is_measured_up_to_the_tolerance() -> None:
    outcome = conform(cheats.Centred, tolerance=0.5)
    assert outcome.ok, str(outcome)
    assert outcome.cosine_drift is not None
    assert 1e-3 < outcome.cosine_drift < 0.5
