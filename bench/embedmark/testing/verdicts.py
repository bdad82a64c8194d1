"""Checks and what they find, as values: a check plugs in by being in a `Group`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["passed", "failed", "skipped"]


class CheckFailed(Exception):  # noqa: N818 - a verdict, as unittest's SkipTest is
    """Raised by a check: the provider breaks the interface. The message says how, with figures."""


class CheckSkipped(Exception):  # noqa: N818
    """Raised by a check: this cannot be provoked here. The message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check.

    Attributes:
        group, check: their titles.
        status: passed, failed or skipped.
        detail: what was seen, how it failed, or why it was skipped.
    """

    group: str
    check: str
    status: Status
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Conformance:
    """The outcome of a conformance run.

    Attributes:
        findings: one a check, in order.
        cosine_drift: the largest 1 - cosine between the vectors of one text in batches of different sizes;
            None for a cross-encoder, and where it could not be measured.
        drift_batch: the batch size at which that was seen, against a batch of 1.
    """

    findings: tuple[Finding, ...] = field(default=())
    cosine_drift: float | None = None
    drift_batch: int | None = None

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The checks that failed."""
        return self.of("failed")

    @property
    def ok(self) -> bool:
        """Return True if nothing failed."""
        return not self.failed

    def of(self, status: Status) -> tuple[Finding, ...]:
        """Return the findings of one status."""
        return tuple(finding for finding in self.findings if finding.status == status)

    def __str__(self) -> str:
        return "\n".join(f"{finding.group}: {finding.check}: {finding.detail}" for finding in self.failed) or "conforms"
