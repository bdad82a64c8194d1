"""Native threads are held within, and given back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import threadpoolctl  # noqa: F401 - it sets a variable of its own when it is imported

from embedmark.machine.threads import limited_threads, thread_variables


def test_variables_are_set_within_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = dict(os.environ)

    with limited_threads(3):
        assert set(thread_variables(3)) > {"OMP_NUM_THREADS", "RAYON_NUM_THREADS"}
        assert {os.environ[name] for name in thread_variables(3)} == {"3"}

    assert dict(os.environ) == before


def test_one_thread_leaves_tokenizers_none_of_their_own() -> None:
    """Their pool is Rust's, which OpenMP's variable does not reach: a batch was tokenized on every core."""
    call = (
        "import os\n"
        "from tokenizers import Tokenizer\n"
        "from tokenizers.models import WordLevel\n"
        "from embedmark.machine.threads import limited_threads\n"
        "model = Tokenizer(WordLevel({'a': 0, '[UNK]': 1}, unk_token='[UNK]'))\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "with limited_threads(int(os.environ['WANTED'])):\n"
        "    model.encode_batch(['a b c'] * 64)\n"
        "print(len(os.listdir('/proc/self/task')) - before)\n"
    )
    pytest.importorskip("tokenizers")
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not list threads")

    def started(wanted: int) -> int:
        env = {k: v for k, v in os.environ.items() if k != "TOKENIZERS_PARALLELISM"} | {"WANTED": str(wanted)}
        done = subprocess.run([sys.executable, "-c", call], env=env, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert (started(1), started(3)) == (0, 3)


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
