"""A shuffle without NumPy is the shuffle of NumPy, so that plan and measurement draw the same texts."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from embedmark.datasets.draws import permutation


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 + 5, 2**100 + 3, 2**128 - 1, 2**200 + 9])
def test_the_shuffle_is_that_of_numpy(seed: int) -> None:
    for n in (0, 1, 2, 3, 10, 1379, 2552):
        assert list(permutation(n, seed)) == np.random.default_rng(seed).permutation(n).tolist()


def test_a_plan_of_pairs_loads_no_numpy() -> None:
    code = (
        "import sys, pathlib; from embedmark.pipeline import load_suite, plan; "
        "from embedmark.suite.shipped import shipped_suites; "
        "path = shipped_suites()['quick']; suite = load_suite(path); "
        "suite = suite.model_copy(update={'threads': None, 'providers': suite.providers[2:3], "
        "'datasets': ('ko-sample',), "
        "'measure': suite.measure.model_copy(update={'scaling': None})}); "
        "made = plan(suite, path.parent, offline=True); "
        "assert made.jobs and 'numpy' not in sys.modules, 'numpy'"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
