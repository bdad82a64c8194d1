"""Questions and passages that were written for embedmark and ship with it: smoke samples, not benchmarks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from embedmark.datasets.model import RetrievalDataset
from embedmark.datasets.retrieval.forms import RetrievalFiles
from embedmark.datasets.retrieval.load import load_retrieval
from embedmark.errors import DatasetError
from embedmark.language import translatable

LICENCE: Final = "Apache-2.0"
_NOTE = translatable(
    "a smoke sample and not a benchmark: 60 passages and 60 paraphrased questions by one author, enough to see whether "
    "a search works"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One table of questions and passages in datasets/data/.

    Attributes:
        name: what suites write.
        sha256: hex digest of the file, checked on every load.
        n_queries: how many questions it holds.
        language: ISO 639-1 code.
        description: for people.
    """

    name: str
    sha256: str
    n_queries: int
    language: str
    description: str

    @property
    def path(self) -> Path:
        return Path(__file__).parents[1] / "data" / f"{self.name}.tsv"


SAMPLES: Final = (
    Sample(
        name="en-retrieval-sample",
        sha256="5bbebcfecbb0b04fa17deead365f2032c03b22b94d15d1a1f15f4b16379e43fa",
        n_queries=60,
        language="en",
        description=translatable(
            "English questions and passages written for embedmark; a smoke sample, not a benchmark"
        ),
    ),
    Sample(
        name="ko-retrieval-sample",
        sha256="0491d47920f30a55c87e18011e4ba59672cb7b19a65b022b7fb2c99c889ba702",
        n_queries=60,
        language="ko",
        description=translatable(
            "Korean questions and passages written for embedmark; a smoke sample, not a benchmark"
        ),
    ),
)


def find_sample(name: str) -> Sample | None:
    """Return the sample of that name; None where there is none."""
    return next((sample for sample in SAMPLES if sample.name == name), None)


def load_sample(sample: Sample) -> RetrievalDataset:
    """Read a sample. Raises DatasetError if its file is not the one that was shipped."""
    path = sample.path
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sample.sha256:
        raise DatasetError(f"dataset {sample.name!r} is damaged", where=str(path), hint="install embedmark again")
    found = load_retrieval(
        RetrievalFiles(path=path), name=sample.name, source=f"embedmark: {path.name}", licence=LICENCE
    )
    return replace(found, notes=(_NOTE, *found.notes))
