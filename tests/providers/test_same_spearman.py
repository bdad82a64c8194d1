"""One model behind a loopback server of each preset and encoding: the same Spearman, to six digits.

EMBEDMARK_STSB_HTTP=1 measures STS-B test (1,379 pairs) through all of them (`make presets`); the table is in
docs/presets.md. Without it: a small sample through those that differ most.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest
import yaml
from pytest_httpserver import HTTPServer
from scipy.stats import spearmanr

from embedmark.api import Embeddings, ProviderInfo
from embedmark.cli.main import run as embedmark
from embedmark.datasets.named import load_named
from embedmark_providers._presets import presets
from tests.providers.services import KEY, MODELS, Documented, Plain

IN_FULL = bool(os.environ.get("EMBEDMARK_STSB_HTTP"))
DATASET = "stsb/test" if IN_FULL else "ko-sample"
FEW = ("gemini", "jina", "upstage", "encoding-base64", "base64-of-float64", "in-process")
DIM = 512
ENCODINGS = ("auto", "base64", "float", "none")


@cache
def grams(text: str, dim: int) -> npt.NDArray[np.float32]:
    """Counts of a text's words and triples of letters by their hash, in the first 512 numbers; length 1.

    A little noise of the text's own keeps two pairs from having the same cosine but for rounding.
    """
    folded = text.lower()
    vector = np.zeros(dim)
    vector[:DIM] = 0.02 * np.random.default_rng(crc32(text.encode())).standard_normal(DIM)
    for part in [*re.findall(r"\w+", folded), *(folded[i : i + 3] for i in range(len(folded) - 2))]:
        vector[crc32(part.encode()) % DIM] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class InProcess:
    """The same model without a server."""

    info = ProviderInfo(plugin="grams", model="grams", kind="bi-encoder")

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        return Embeddings(np.array([grams(text, DIM) for text in texts]))


def served(httpserver: HTTPServer, name: str, handler: Callable[..., Any]) -> str:
    httpserver.expect_request(f"/{name}/v1/embeddings", method="POST").respond_with_handler(handler)
    return httpserver.url_for(f"/{name}/v1")


def providers(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found = []
    for name, preset in presets().items():
        model = MODELS.get(name, "m")
        if key_env := preset.get("api_key_env"):
            monkeypatch.setenv(key_env, KEY)
        url = served(httpserver, name, Documented(name, preset.get("dims", {}).get(model, DIM), grams))
        options = {"base_url": url, "requests_per_minute": 1e6, "tokens_per_minute": 1e9, "concurrency": 2}
        found.append({"name": name, "use": "openai", "preset": name, "model": model, "options": options})
    for encoding in ENCODINGS:
        options = {"base_url": served(httpserver, encoding, Plain(DIM, grams)), "encoding": encoding, "concurrency": 2}
        found.append({"name": f"encoding-{encoding}", "use": "openai", "model": "m", "options": options})
    double = {"base_url": served(httpserver, "double", Plain(DIM, grams, "<f8")), "concurrency": 2}
    found.append({"name": "base64-of-float64", "use": "openai", "model": "m", "options": double})
    found.append({"name": "in-process", "use": f"{__file__}:InProcess"})
    return [provider for provider in found if IN_FULL or provider["name"] in FEW]


@pytest.mark.timeout(900)
def test_each_preset_and_encoding_gives_one_spearman(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = load_named(DATASET, offline=True)
    a, b = (
        np.array([grams(text, DIM) for text in side], dtype=np.float64) for side in (data.sentence1, data.sentence2)
    )
    true = float(spearmanr(data.gold, (a * b).sum(axis=1)).statistic)
    suite = {
        "name": "one model", "providers": providers(httpserver, monkeypatch), "datasets": [DATASET],
        "measure": {"accuracy": {"resamples": 200}},
    }  # fmt: skip
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")

    code = embedmark(["run", str(tmp_path / "suite.yaml"), "--out", str(tmp_path / "out"), "--offline"])

    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as file:
        found = {row["provider"]: float(row["spearman"]) for row in csv.DictReader(file)}
    print("\n".join(f"{name} {value:.8f}" for name, value in found.items()))
    assert code == 0
    assert len(found) == (len(presets()) + len(ENCODINGS) + 2 if IN_FULL else len(FEW))
    assert {name: round(value, 6) for name, value in found.items()} == dict.fromkeys(
        found, round(found["in-process"], 6)
    )
    assert found["in-process"] == pytest.approx(true, abs=1e-5)  # rounding puts near cosines in another order
