"""Memory that runs out inside a call or a load: one kind of error, whatever words torch, numpy or Python have."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from embedmark.errors import LimitExceededError, OutOfMemoryError, ProviderError
from embedmark_providers._torch import ModelSource, computing, loading

torch = pytest.importorskip("torch")

PETABYTES = 10**16


def raises(error: Exception) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


NO_MEMORY = [
    pytest.param(lambda: torch.empty(PETABYTES), "DefaultCPUAllocator", id="cpu"),
    pytest.param(lambda: np.empty(PETABYTES), "Unable to allocate", id="numpy"),
    pytest.param(raises(MemoryError()), "MemoryError", id="python"),
    pytest.param(
        raises(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee documentation")),
        "out of device memory: OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        id="cuda",
    ),
    pytest.param(raises(RuntimeError("CUDA error: out of memory")), "CUDA error", id="cuda-itself"),
    pytest.param(raises(RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)")), "MPS backend", id="mps"),
    pytest.param(raises(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling")), "CUBLAS", id="cublas"),
    pytest.param(
        raises(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes")),
        "not enough memory",
        id="windows",
    ),
]


@pytest.mark.parametrize(("work", "words"), NO_MEMORY)
def test_memory_errors_of_call_and_load_are_one_kind(work: Callable[[], object], words: str) -> None:
    with pytest.raises(OutOfMemoryError, match=words) as in_call, computing(None):
        work()
    assert isinstance(in_call.value, LimitExceededError)  # who catches that goes on as before
    assert not in_call.value.retryable
    with (
        pytest.raises(OutOfMemoryError, match="'m' cannot be loaded"),
        loading(ModelSource("m", None, local_files_only=True)),
    ):
        work()


def test_what_else_a_model_raises_is_not_about_memory() -> None:
    with pytest.raises(ProviderError, match="the model failed: RuntimeError") as caught, computing(None):
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    assert not isinstance(caught.value, OutOfMemoryError)


def test_out_of_memory_survives_pickling() -> None:
    with pytest.raises(OutOfMemoryError) as caught, computing(None):
        torch.empty(PETABYTES)
    assert type(pickle.loads(pickle.dumps(caught.value))) is OutOfMemoryError
