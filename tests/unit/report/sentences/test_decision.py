"""The sentences to decide by, of a run in which a provider lost pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import embedmark as em
from embedmark.pipeline import derive
from embedmark.report.sentences.decision import decision

PROVIDERS = """
import numpy as np
from embedmark.api import Embeddings, ProviderInfo


class Length:
    info = ProviderInfo(plugin="length", model="length", kind="bi-encoder")

    def load(self): ...
    def close(self): ...

    def encode(self, texts):
        return Embeddings(np.array([[len(text), 1 + text.count("a")] for text in texts], dtype=np.float32))


class Lost(Length):
    info = ProviderInfo(plugin="lost", model="lost", kind="bi-encoder")

    def encode(self, texts):
        vectors = super().encode(texts).vectors
        vectors[[text.startswith("gone") for text in texts]] = 0
        return Embeddings(vectors)
"""


@pytest.mark.parametrize(("gone", "said"), [(3, True), (0, False)])
def test_ranks_over_common_pairs_are_told(tmp_path: Path, gone: int, said: bool) -> None:
    (tmp_path / "own.py").write_text(PROVIDERS, encoding="utf-8")
    rng = np.random.default_rng(0)
    texts = ["a" * int(rng.integers(1, 9)) + "b" * int(rng.integers(1, 9)) + str(i) for i in range(60)]
    left = [f"gone {text}" if i < gone else text for i, text in enumerate(texts[:30])]
    frame = pd.DataFrame({"sentence1": left, "sentence2": texts[30:], "score": rng.normal(size=30)})
    file = tmp_path / "own.py"

    run = em.evaluate(frame, [f"all={file}:Length", f"some={file}:Lost"], measure=("accuracy",), out=tmp_path / "r")

    raw, derived, _ = derive(run.folder)
    sentence = "On data, providers are ranked over the 27 pairs that all of them scored"
    assert any(text.startswith(sentence) for text in decision(derived, raw.manifest)) == said
