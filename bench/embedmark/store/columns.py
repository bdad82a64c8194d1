"""The columns of every CSV of a run, in order. results/README.md documents each; a test pins them."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 1

RAW: Final[dict[str, tuple[str, ...]]] = {
    "samples.csv": (
        "provider", "kind", "measure", "dataset", "scenario", "phase", "n", "batch_size", "repeat", "call", "unit",
        "n_items", "tokens", "requests", "retries", "queue_ns", "throttled_ns", "elapsed_ns", "cpu_ns", "rss_mb",
        "host_state", "status", "error", "cached_items", "cached_tokens", "searches",
    ),
    "scores.csv": (
        "provider", "dataset", "pair_id", "gold", "predicted", "dot", "neg_euclidean", "neg_manhattan",
        "predicted_reversed", "text1", "text2",
    ),
    "failures.csv": ("provider", "dataset", "measure", "phase", "error_type", "message", "retries"),
}  # fmt: skip

DERIVED: Final[dict[str, tuple[str, ...]]] = {
    "accuracy.csv": (
        "provider", "kind", "model", "dataset", "slice", "n_pairs", "n_scored", "similarity", "metric", "value",
        "ci_low", "ci_high", "tie_group", "truncated_texts", "status",
    ),
    "throughput.csv": (
        "provider", "kind", "model", "dataset", "unit", "batch_size", "n_items", "repeats", "items_per_s",
        "items_per_s_ci_low", "items_per_s_ci_high", "tokens_per_s", "cpu_s_per_1k_items", "load_s", "first_call_ms",
        "peak_rss_mb", "host_state", "status",
    ),
    "latency.csv": (
        "provider", "kind", "model", "dataset", "scenario", "unit", "rate_per_s", "n_calls", "mean_ms", "p50_ms",
        "p50_ci_low", "p50_ci_high", "p95_ms", "p95_ci_low", "p95_ci_high", "p99_ms", "p99_ci_low", "p99_ci_high",
        "max_ms", "host_state", "status",
    ),
    "cost.csv": (
        "provider", "kind", "model", "dataset", "basis", "unit", "items", "tokens", "tokens_unconfirmed", "requests",
        "usd", "usd_per_1m_tokens", "usd_per_1k_items", "price_source", "price_as_of", "cached_tokens",
        "searches", "usd_per_1k_searches",
    ),
    "scaling.csv": (
        "provider", "kind", "n", "encodes", "pair_predictions", "seconds", "seconds_ci_low", "seconds_ci_high", "usd",
        "basis",
    ),
    "summary.csv": (
        "provider", "kind", "model", "dataset", "n_pairs", "similarity", "metric", "value", "ci_low", "ci_high",
        "tie_group", "spearman", "pearson", "unit", "batch_size", "items_per_s", "items_per_s_ci_low",
        "items_per_s_ci_high", "latency_ms_p50", "latency_ms_p95", "latency_ms_p99", "load_s", "first_call_ms",
        "tokens", "usd", "usd_per_1m_tokens", "usd_per_1k_items", "encodes_at_1000", "pair_predictions_at_1000",
        "seconds_at_1000", "usd_at_1000", "truncated_texts", "peak_rss_mb", "host_state", "status", "error",
        "fastest_group", "cheapest_group",
    ),
}  # fmt: skip

REPORTS: Final = ("report.html", "report.md")

# Files that only some runs have: raw ones once something is appended, derived ones where they have rows to follow from.
RAW_AT_NEED: Final[dict[str, tuple[str, ...]]] = {
    "neighbours.csv": ("provider", "dataset", "n", "text", "rank", "neighbour", "value"),
    "ranks.csv": ("provider", "dataset", "pair_id", "text_rank", "image_rank"),
    "judged.csv": ("provider", "dataset", "query_id", "document_id", "grade", "rank", "score"),
    "compressed.csv": ("provider", "dataset", "dims", "precision", "item_id", "value"),
    "texts.csv": ("dataset", "role", "id", "text1", "text2"),
}
DERIVED_AT_NEED: Final[dict[str, tuple[str, ...]]] = {
    "scaling_facts.csv": (
        "provider", "kind", "fact", "n", "candidates", "top_k", "value", "ci_low", "ci_high", "unit",
    ),
    "retrieval.csv": (
        "provider", "kind", "model", "dataset", "n_documents", "n_queries", "index_s", "index_tokens", "index_usd",
        "index_bytes", "pairs", "seconds_per_1k_queries", "tokens_per_1k_queries", "usd_per_1k_queries", "usd",
        "unjudged_at_10", "host_state", "status",
    ),
    "compression.csv": (
        "provider", "dataset", "dims", "precision", "bytes_per_vector", "metric", "value", "ci_low", "ci_high",
        "tie_group", "gb", "usd_per_month",
    ),
    "volume.csv": (
        "provider", "term", "period", "usd", "usd_ci_low", "usd_ci_high", "quantity", "unit", "price", "source",
    ),
}  # fmt: skip
ALL_RAW: Final = RAW | RAW_AT_NEED
# Raw columns that runs of earlier versions lack; each is at the end of its table.
ADDED: Final[dict[str, tuple[str, ...]]] = {
    "samples.csv": ("cached_items", "cached_tokens", "searches"),
    "scores.csv": ("text1", "text2"),
}
ALL_DERIVED: Final = DERIVED | DERIVED_AT_NEED
