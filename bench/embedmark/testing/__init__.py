"""For the tests of providers: the conformance kit, a clock that is moved by hand, and providers with known replies."""

from embedmark.testing.checks.model import Check, Group
from embedmark.testing.clock import FakeClock
from embedmark.testing.conformance import assert_conforms, conform, conformance_test, run_checks
from embedmark.testing.fakes import FakeBiEncoder, FakeCrossEncoder, FakeImageEncoder, FakeRanker, Timing
from embedmark.testing.source import Source
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped, Conformance, Finding

__all__ = [
    "Check",
    "CheckFailed",
    "CheckSkipped",
    "Conformance",
    "FakeBiEncoder",
    "FakeClock",
    "FakeCrossEncoder",
    "FakeImageEncoder",
    "FakeRanker",
    "Finding",
    "Group",
    "Source",
    "Subject",
    "Timing",
    "assert_conforms",
    "conform",
    "conformance_test",
    "run_checks",
]
