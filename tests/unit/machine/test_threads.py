"""Native threads are held within, and given back."""

from __future__ import annotations

import os

import pytest
import threadpoolctl  # noqa: F401 - it sets a variable of its own when it is imported

from embedmark.machine.describe import THREAD_VARIABLES
from embedmark.machine.threads import limited_threads


def test_variables_are_set_within_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = dict(os.environ)

    with limited_threads(3):
        assert [os.environ[name] for name in THREAD_VARIABLES] == ["3"] * len(THREAD_VARIABLES)

    assert dict(os.environ) == before


def test_no_thread_limit_changes_no_environment() -> None:
    before = dict(os.environ)

    with limited_threads(None):
        assert dict(os.environ) == before


def test_loaded_thread_pools_are_limited_and_restored() -> None:
    import numpy as np
    from threadpoolctl import threadpool_info, threadpool_limits

    _ = np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(limits=2):
        before = [pool["num_threads"] for pool in threadpool_info()]
        with limited_threads(1):
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        assert [pool["num_threads"] for pool in threadpool_info()] == before
