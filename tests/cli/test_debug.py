"""A provider that raises: its place in failures.csv, and its traceback where --debug asks for it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROVIDERS = """
import numpy as np
from embedmark.api import ProviderInfo

class Bare:
    info = ProviderInfo("p", model="p", kind="bi-encoder")
    def load(self): ...
    def close(self): ...
    def encode(self, texts):
        return np.zeros((len(texts), 3), np.float32)

class Broken(Bare):
    def encode(self, texts):
        return {}["a key"]
"""
SUITE = """
providers:
  - {name: bare, use: "./p.py:Bare"}
  - {name: broken, use: "./p.py:Broken"}
datasets: [{path: p.tsv}]
measure: {accuracy: {}}
"""


@pytest.mark.parametrize("debug", [False, True])
def test_broken_provider_is_named_with_file_and_line(tmp_path: Path, debug: bool) -> None:
    (tmp_path / "p.py").write_text(PROVIDERS, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "p.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n", encoding="utf-8")
    command = [sys.executable, "-m", "embedmark", "run", "s.yaml", "--out", "r", *(["--debug"] if debug else [])]
    environment = {**os.environ, "EMBEDMARK_CACHE": str(tmp_path / "cache")}

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)

    line = 1 + PROVIDERS.splitlines().index('        return {}["a key"]')
    rows = {row["provider"]: row["message"] for row in csv.DictReader((tmp_path / "r/failures.csv").open())}
    assert rows["broken"] == f"KeyError: 'a key' (p.py:{line})"
    assert "return Embeddings(vectors), with `from embedmark.api import Embeddings`" in rows["bare"]
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) is debug
    assert (f'p.py", line {line}' in done.stderr) is debug
