"""The conformance kit: everything that the interface promises, tried on one provider.

conform("my-provider", model="...")        -> Conformance, with one finding a check
assert_conforms(MyProvider)                raises AssertionError with all that failed
test_it = conformance_test(MyProvider)     a pytest function, one case a check
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from embedmark.api import ProviderInfo
from embedmark.api.secrets import scrub
from embedmark.errors import EmbedmarkError
from embedmark.testing.checks.images import IMAGES
from embedmark.testing.checks.life import CLOSING, CONCURRENCY, OPENING
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.checks.rankers import RANKER
from embedmark.testing.checks.replies import replies
from embedmark.testing.checks.texts import LONG_TEXT, TEXT_CHECKS, USAGE
from embedmark.testing.source import Source
from embedmark.testing.subject import DEFAULT_TOLERANCE, Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped, Conformance, Finding

Told = Callable[[Finding], None]


def groups_for(info: ProviderInfo, extra: Sequence[Group] = ()) -> list[Group]:
    """Return the checks that apply to a provider, in order. `extra` groups run before the last one closes it."""
    if info.kind == "ranker":
        return [OPENING, RANKER, *extra, CLOSING]
    images = [IMAGES] if "image" in info.modalities else []
    small = [replies(info.kind == "cross-encoder"), TEXT_CHECKS, *images, USAGE, CONCURRENCY]
    return [OPENING, *small, *extra, LONG_TEXT, CLOSING]


def run_checks(subject: Subject, *, extra: Sequence[Group] = (), told: Told = lambda _: None) -> Conformance:
    """Try everything on a constructed provider; it is closed when this returns.

    Args:
        subject: constructed, not loaded.
        extra: further groups of checks.
        told: called with each finding as it is made.
    """
    findings: dict[str, Finding] = {}
    try:
        for group in groups_for(subject.info_before, extra):
            for check in group.checks:
                finding = _try(subject, group, check, findings)
                findings[check.name] = finding
                told(finding)
    finally:
        _close_quietly(subject)
    return Conformance(tuple(findings.values()), subject.cosine_drift, subject.drift_batch)


def conform(
    use: str | type[Any],
    *,
    model: str | None = None,
    options: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    extra: Sequence[Group] = (),
) -> Conformance:
    """Construct a provider and try everything on it.

    Args:
        use: an entry-point name, `./file.py:Class`, or a class.
        model, options, folder: as in a suite; `folder` is what relative paths are relative to.
        tolerance: largest 1 - cosine at which two vectors of one text count as the same.
        extra: further groups of checks.

    Raises:
        RegistryError, UsageError: it cannot be constructed.
    """
    return run_checks(Subject(Source(use, model, options or {}, folder), tolerance=tolerance), extra=extra)


def assert_conforms(use: str | type[Any], **keywords: Any) -> None:
    """`conform`, as an assertion: raises AssertionError with every check that failed."""
    outcome = conform(use, **keywords)
    if not outcome.ok:
        raise AssertionError(f"{use} does not conform\n{outcome}")


def conformance_test(use: str | type[Any], **keywords: Any) -> Callable[[str], None]:
    """Return a pytest function that runs the kit once and shows each check as a case of its own.

    Takes what `conform` takes. In a test module:

        test_conformance = conformance_test(MyProvider, options={"dim": 64})
    """
    import pytest

    @cache
    def outcome() -> Mapping[str, Finding]:
        return {finding.check: finding for finding in conform(use, **keywords).findings}

    try:
        source = Source(use, keywords.get("model"), keywords.get("options") or {}, keywords.get("folder"))
        groups = groups_for(source.create().info, keywords.get("extra", ()))
        names = [check.name for group in groups for check in group.checks]
    except EmbedmarkError:
        names = ["construct"]  # collecting must not fail: the case itself says why

    @pytest.mark.parametrize("check", names)
    def test_conformance(check: str) -> None:
        finding = outcome()[check]
        if finding.status == "skipped":
            pytest.skip(finding.detail)
        if finding.status == "failed":
            pytest.fail(f"{check}: {finding.detail}", pytrace=False)

    return test_conformance


def _try(subject: Subject, group: Group, check: Check, findings: Mapping[str, Finding]) -> Finding:
    before = [findings[name] for name in check.needs if name in findings]
    blocked = [f.check for f in before if f.status == "failed" or f.detail.startswith(_AFTER)]
    if blocked:
        return Finding(group.title, check.name, "skipped", f"skipped until {blocked[0]!r} passes")
    try:
        return Finding(group.title, check.name, "passed", check.run(subject))
    except CheckSkipped as reason:
        return Finding(group.title, check.name, "skipped", str(reason))
    except CheckFailed as failure:
        return Finding(group.title, check.name, "failed", str(failure))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - somebody else's code, which may even exit
        return Finding(group.title, check.name, "failed", _raised(subject, error))


_AFTER = "skipped until"


def _raised(subject: Subject, error: BaseException) -> str:
    text = error.message if isinstance(error, EmbedmarkError) else " ".join(str(error).split())[:300]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == subject.watch.source]
    place = f" (at {Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return scrub(f"{type(error).__name__}: {text}{place}")


def _close_quietly(subject: Subject) -> None:
    # `close twice` has said it, or the run is being interrupted.
    with contextlib.suppress(BaseException):
        subject.close()
