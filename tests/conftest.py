"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before any native library is loaded: on two busy cores two threads wait for each other.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
for variable in ("COLUMNS", "LINES"):  # xdist sets both, and sentences would break at that width
    os.environ.pop(variable, None)
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data and models that exist for tests only, beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no test data beside the checkout ({folder.name}/)")
    return folder


@pytest.fixture(autouse=True)
def own_vectors(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a vector cache of its own, so that none is served what another one encoded."""
    monkeypatch.setenv("EMBEDMARK_VECTORS", str(tmp_path_factory.mktemp("vectors")))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of milliseconds between the attempts of a call; a server's Retry-After is kept as it is."""
    from embedmark.calls import retry

    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(retry, "MOST_WAIT_S", 0.01)
    monkeypatch.setattr(retry, "SPREAD_S", 0.001)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is not ignored, as it is where the tests run in a script's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def hangs_up() -> Iterator[None]:
    """A hang-up is not ignored by processes that are started here, as it is where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
