"""embedmark: choose an embedding provider on evidence.

    import embedmark as em

    run = em.evaluate("pairs.csv", ["minilm=sbert:sentence-transformers/all-MiniLM-L6-v2", "lexical"])
    run.summary

docs/python.md describes every name here. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from embedmark.version import __version__ as __version__

if TYPE_CHECKING:
    from embedmark.errors import EmbedmarkError
    from embedmark.evaluation import evaluate
    from embedmark.notices import Notice
    from embedmark.pipeline import compare, load_suite, plan, read_run, run, verify
    from embedmark.runs.comparison import Comparison
    from embedmark.runs.run import Run
    from embedmark.suite import Suite

__all__ = [
    "Comparison",
    "EmbedmarkError",
    "Notice",
    "Run",
    "Suite",
    "compare",
    "evaluate",
    "load_suite",
    "plan",
    "read_run",
    "run",
    "verify",
]

# What is not in the pipeline.
_ELSEWHERE = {
    "Comparison": "embedmark.runs.comparison",
    "EmbedmarkError": "embedmark.errors",
    "Notice": "embedmark.notices",
    "Run": "embedmark.runs.run",
    "Suite": "embedmark.suite",
    "evaluate": "embedmark.evaluation",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ELSEWHERE.get(name, "embedmark.pipeline")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
