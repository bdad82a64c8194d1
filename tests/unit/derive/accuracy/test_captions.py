"""Recall at k from ranks that are known."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.derive import derive_all
from embedmark.stats import clustered_se, share_interval


def captions(make, n_images=12, each=2, **ranks):
    """Providers by name, each a function of image and caption (from 0) that gives (text rank, image rank)."""
    run = make(accuracy={})
    facts = {"kind": "captions", "n_images": n_images, "n_texts": n_images * each}
    run.datasets.append({"name": "seen", "n_pairs": n_images * each, "sha256": "x", **facts})
    for name, of in ranks.items():
        run.provider(name)
        for image in range(n_images):
            for caption in range(each):
                text_rank, image_rank = of(image, caption)
                pair = {"provider": name, "dataset": "seen", "pair_id": f"{image + 1}:{image * each + caption + 1}"}
                run.score_rows.append(pair | {"predicted": 0.5})
                run.rank_rows.append(pair | {"text_rank": float(text_rank), "image_rank": float(image_rank)})
    return run.build()


def accuracy(raw, provider="a"):
    rows = [r for r in derive_all(raw).tables["accuracy.csv"] if r["provider"] == provider]
    return {(r["slice"], r["metric"]): r for r in rows}


def test_image_counts_its_best_caption_and_captions_their_own(run):
    # The second caption of every image is right; the first one is second-best for images 0 to 5, else seventh.
    raw = captions(run, a=lambda image, caption: (1, 1) if caption else (2, 2) if image < 6 else (7, 7))
    found = accuracy(raw)
    assert found["image-to-text", "recall_at_1"]["value"] == 1.0
    assert found["image-to-text", "recall_at_1"]["n_scored"] == 12
    back = [found["text-to-image", f"recall_at_{k}"] for k in (1, 5, 10)]
    assert [row["value"] for row in back] == [0.5, 0.75, 1.0]
    assert {row["n_scored"] for row in back} == {24}
    hits = np.array([float(caption or image < 6) for image in range(12) for caption in range(2)])
    low, high = share_interval(hits, np.repeat(np.arange(12), 2))
    assert (back[1]["ci_low"], back[1]["ci_high"]) == (pytest.approx(low), pytest.approx(high))


def test_a_recall_that_cannot_fail_is_left_empty(run):
    found = accuracy(captions(run, n_images=5, each=2, a=lambda image, caption: (1, 1)))
    assert found["text-to-image", "recall_at_1"]["value"] == 1.0
    assert found["image-to-text", "recall_at_10"]["status"] == "too-few-candidates"
    assert found["image-to-text", "recall_at_10"]["value"] is None
    assert found["text-to-image", "recall_at_5"]["status"] == "too-few-candidates"


def test_summary_has_image_to_text_recall_at_1(run):
    raw = captions(run, a=lambda image, caption: (1 if image < 9 else 3, 1))
    row = derive_all(raw).tables["summary.csv"][0]
    assert (row["metric"], row["value"], row["n_pairs"], row["status"]) == ("recall_at_1", 0.75, 24, "ok")
    assert (row["spearman"], row["unit"]) == (None, "image")


def test_differences_are_over_the_same_images(run):
    raw = captions(
        run,
        n_images=40,
        a=lambda image, caption: (1, 1),
        b=lambda image, caption: (1 if image % 2 else 4, 1),
        c=lambda image, caption: (1 if image else 4, 1),
    )
    derived = derive_all(raw)
    ties = {r["provider"]: r["tie_group"] for r in derived.tables["summary.csv"]}
    assert ties == {"a": 1, "b": None, "c": 1}
    found = {(c.provider_a, c.provider_b, c.metric): c for c in derived.findings.comparisons}
    ab = found["a", "b", "recall_at_1"]
    assert (ab.diff, ab.n_pairs, ab.verdict) == (0.5, 40, "better")
    assert ab.se == pytest.approx(clustered_se(np.arange(40) % 2 * 1.0, np.arange(40)))
    assert found["a", "c", "recall_at_1"].verdict == "no clear difference"
    assert found["a", "b", "recall_at_5"].verdict == "no clear difference"  # all four are within five


def test_pairs_without_a_rank_are_not_asked(run):
    raw = captions(run, a=lambda image, caption: (np.nan, np.nan) if image < 3 else (1, 1))
    found = accuracy(raw)
    assert found["image-to-text", "recall_at_1"]["n_scored"] == 9
    nothing = accuracy(captions(run, a=lambda image, caption: (np.nan, np.nan)))
    assert nothing["image-to-text", "recall_at_1"]["status"] == "no-score"


def test_a_provider_that_failed_has_an_empty_row(run):
    run = run(accuracy={})
    run.datasets.append({"name": "seen", "n_pairs": 2, "sha256": "x", "kind": "captions", "n_images": 1, "n_texts": 2})
    run.datasets.append({"name": "m", "n_pairs": 2, "sha256": "y", "kind": "matrix", "n_images": 1, "n_texts": 2})
    run.provider("a", status="failed", error="gone")
    tables = derive_all(run.build()).tables
    assert [(r["slice"], r["status"], r["value"]) for r in tables["accuracy.csv"]] == [
        ("image-to-text", "failed", None)
    ] * 3
    assert [(r["status"], r["error"]) for r in tables["summary.csv"]] == [("failed", "gone")] * 2
