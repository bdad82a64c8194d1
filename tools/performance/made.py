"""Made data and a provider that costs next to nothing, so that what is left is embedmark's own cost."""

from __future__ import annotations

import random
from pathlib import Path

PROVIDER = '''"""A provider of about one microsecond a text."""

from zlib import crc32

import numpy as np

from embedmark.api import Embeddings, ProviderInfo, Usage


class Fast:
    def __init__(self, model=None):
        self.info = ProviderInfo(plugin="fast", model="fast", kind="bi-encoder", dim=64)

    def load(self):
        self.pool = np.random.default_rng(0).standard_normal((4096, 64)).astype(np.float32)

    def close(self): ...

    def encode(self, texts):
        return Embeddings(self.pool[[crc32(text.encode()) & 4095 for text in texts]], Usage(tokens=len(texts)))
'''


def write_pairs(folder: Path, n: int, providers: int = 1) -> Path:
    """Write a file of n pairs, a provider and a suite that scores them; return the suite."""
    draw = random.Random(0)  # noqa: S311 - scores of made pairs
    with (folder / f"pairs{n}.tsv").open("w", encoding="utf-8") as file:
        file.write("sentence1\tsentence2\tscore\n")
        for i in range(n):
            file.write(f"sentence number {i} of the first kind\tanother sentence, {i}\t{draw.random() * 5:.3f}\n")
    (folder / "fast.py").write_text(PROVIDER, encoding="utf-8")
    named = "".join(f'  - {{name: fast{i}, use: "./fast.py:Fast"}}\n' for i in range(providers))
    suite = folder / f"pairs{n}.yaml"
    suite.write_text(
        f"name: made\nproviders:\n{named}datasets:\n  - {{path: pairs{n}.tsv}}\nmeasure:\n  accuracy: {{}}\n",
        encoding="utf-8",
    )
    return suite
