"""Running the command line in this process, in an empty folder, with small providers and data of our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedmark.cli import main

PROVIDER = '''
import numpy as np
from embedmark.api import Embeddings, PairPredictions, ProviderInfo
from embedmark.errors import NotAvailableError, ProviderError

class Length:
    """Embeds a text as its lengths."""

    def __init__(self, fail=None, factor=1.0):
        self.fail, self.factor, self.calls = fail, factor, 0
        self.info = ProviderInfo(plugin="length", model="length", kind="bi-encoder", recipe={"factor": factor})

    def load(self):
        if self.fail == "load":
            raise NotAvailableError("the hub does not answer")

    def close(self): pass

    def count_tokens(self, texts):
        return [len(text) for text in texts]

    def encode(self, texts):
        self.calls += 1
        if self.fail == "half" and self.calls > 20:
            raise RuntimeError("CUDA error: out of luck")
        if self.fail == "interrupt" and self.calls > 20:
            raise KeyboardInterrupt
        if self.fail == "constant":
            return Embeddings(np.ones((len(texts), 2), dtype=np.float32))
        return Embeddings(np.array([[len(t), self.factor * t.count("a") + 1] for t in texts], dtype=np.float32))


class Overlap:
    """Scores a pair by the characters its texts share."""

    info = ProviderInfo(plugin="overlap", model="overlap", kind="cross-encoder")

    def load(self): pass
    def close(self): pass

    def predict(self, pairs):
        return PairPredictions(np.array([len(set(a) & set(b)) / (1 + len(set(a) | set(b))) for a, b in pairs]))
'''

SUITE = """\
name: small
providers:
  - {name: 길이, use: "./providers.py:Length"}
  - {name: overlap, use: "./providers.py:Overlap"}
datasets:
  - {path: 쌍.tsv}
measure:
  accuracy: {resamples: 200}
  throughput: {batch_sizes: [4], texts: 8, max_passes: 10}
  latency: {calls: 80}
  scaling: {sizes: [4, 6, 8], project_to: [100], pairings: [], max_seconds: 0.5}
  cost: {hardware_usd_per_hour: 1.0}
"""


@dataclass(frozen=True)
class Finished:
    """What a command line left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Finished]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with providers.py, 쌍.tsv and small.yaml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("embedmark.measure.scaling.measure.SIMILARITY_SIZES", (50, 100))
    # The pace that these runs see is not kept for this user's own.
    monkeypatch.setattr("embedmark.machine.pace.pace_file", lambda: tmp_path / "machine.json")
    (tmp_path / "providers.py").write_text(PROVIDER, encoding="utf-8")
    lines = ["sentence1\tsentence2\tscore"]
    lines += [f"문장 {'a' * (i % 7)}{i}\tsentence {'a' * (i % 5)}\t{(i * 7 % 26) / 5}" for i in range(40)]
    (tmp_path / "쌍.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "small.yaml").write_text(SUITE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def embedmark(work: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str, debug: bool = False) -> Finished:
        capsys.readouterr()
        code = main.run(list(arguments), debug=debug)
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    return run
