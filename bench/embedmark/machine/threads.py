"""Native thread pools held to a number of threads, and given back as they were."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

# What native libraries take their number of threads from, when they are loaded or start their pool: OpenMP, two BLAS,
# and the tokenizers of Hugging Face.
_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
_WITH_POOLS = frozenset({"numpy", "torch"})  # each library that threadpoolctl knows is loaded by or after one of them


def thread_variables(threads: int) -> dict[str, str]:
    """Return the environment variables that hold native libraries to `threads` threads.

    With one thread tokenizers use no pool at all: they look at TOKENIZERS_PARALLELISM in every call, also where an
    earlier call has started the pool with more threads.
    """
    alone = {"TOKENIZERS_PARALLELISM": "false"} if threads == 1 else {}
    return dict.fromkeys(_VARIABLES, str(threads)) | alone


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Hold native libraries to `threads` threads within: those that are loaded, and those that load meanwhile.

    A library reads its variable when it is loaded. Afterwards the environment is as it was before.

    Args:
        threads: None changes nothing.
    """
    if threads is None:
        yield
        return
    variables = thread_variables(threads)
    before = {variable: os.environ.get(variable) for variable in variables}
    os.environ.update(variables)
    try:
        with _limited_pools(threads):
            yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _limited_pools(threads: int) -> AbstractContextManager[object]:
    """Hold the pools of loaded libraries; where none is loaded, there is nothing to look for."""
    if _WITH_POOLS.isdisjoint(sys.modules):
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=threads)
    return limits
