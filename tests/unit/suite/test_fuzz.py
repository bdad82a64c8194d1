"""Suites broken at random: each is read, or refused with one documented error.

EMBEDMARK_FUZZED_SUITES: how many; `make faults` does 3,000.
"""

from __future__ import annotations

import copy
import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.errors import EmbedmarkError
from embedmark.suite import load_suite
from tests.reliability import Tries, record

SUITES = int(os.environ.get("EMBEDMARK_FUZZED_SUITES", "60"))
_SUITE: dict[str, Any] = {
    "name": "fuzzed", "seed": 1, "threads": 1, "keep_text": False,
    "providers": [{"name": "a", "use": "lexical", "options": {"query": {"x": "q: "}}}, {"name": "b", "use": "bm25"}],
    "datasets": ["stsb/test", {"path": "pairs.tsv", "columns": {"sentence1": "a", "sentence2": "b", "score": "c"}}],
    "measure": {
        "accuracy": {"resamples": 100}, "throughput": {"batch_sizes": [1, 8]}, "latency": {"scenarios": ["server"]},
        "scaling": {"sizes": [10, 20, 40]}, "cost": {"prices": {"a": {"usd_per_1m_tokens": 0.1}}},
    },
}  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**400, float("inf"), float("nan"), "", "x", "\x1b[2J", "\u202e", "n" * 200_000, "=1+1",
    [], [1], ["x"], [[]], {}, {"x": 1}, {1: 2}, [None], "${HOME}", "../../x", b"\xff", "2026-13-45",
)  # fmt: skip
_TEXTS = (
    "&a [*a]",
    "!!python/object:os.system x",
    "<<: *none",
    "\t",
    "{",
    "]",
    "%",
    "\x00",
    "\ufeff",
    "? : -",
    "[" * 3000,
    "'",
)


@pytest.mark.timeout(7200)
def test_fuzzed_suite_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    refused: list[tuple[int, int, bool]] = []

    tries = Tries(SUITES)
    for seed in tries:
        rng = random.Random(seed)
        path.write_text(_fuzzed(rng), encoding="utf-8")
        try:
            load_suite(path)
        except EmbedmarkError as error:
            refused.append((seed, error.exit_code, bool(error.where)))

    assert len(refused) > tries.done / 4
    assert [each for each in refused if each[1:] != (2, True)] == []
    record("A suite broken at random: values, keys, YAML", "it is read, or refused with its file and line", tries.done)


def _fuzzed(rng: random.Random) -> str:
    content = copy.deepcopy(_SUITE)
    for _ in range(rng.randint(1, 3)):
        inside: Any = content
        while True:
            key = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
            if not isinstance(inside[key], dict | list) or not inside[key] or rng.random() < 0.3:
                break
            inside = inside[key]
        if isinstance(inside, dict) and rng.random() < 0.2:
            inside[str(key) + "x"] = inside.pop(key)
        else:
            inside[key] = copy.deepcopy(rng.choice(_VALUES))
        if not content:
            break
    text = yaml.safe_dump(content, allow_unicode=rng.random() < 0.5)
    if rng.random() < 0.3:
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(_TEXTS) + text[place + rng.randint(0, 5) :]
    return text
