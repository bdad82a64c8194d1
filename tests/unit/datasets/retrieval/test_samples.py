"""The retrieval samples that ship with embedmark."""

from __future__ import annotations

import pytest

from embedmark.datasets import catalogue
from embedmark.datasets.retrieval.overlap import lexical_overlap
from embedmark.datasets.retrieval.samples import SAMPLES, Sample, load_sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_has_a_paraphrased_question_a_passage(sample: Sample) -> None:
    found = load_sample(sample)

    assert len(found) == len(found.documents) == sample.n_queries == 60
    assert lexical_overlap(found) < 0.4
    assert "smoke sample" in found.notes[0]


def test_samples_are_in_the_catalogue() -> None:
    kinds = {entry.name: entry.kind for entry in catalogue()}

    assert kinds["ko-retrieval-sample"] == kinds["en-retrieval-sample"] == "retrieval"
    assert kinds["ko-sample"] == "pairs"
