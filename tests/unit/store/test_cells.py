"""How one value is written."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark.store.cells import format_cell, format_row
from embedmark.store.columns import DERIVED, RAW
from embedmark.store.tables import table_bytes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (math.nan, ""), (0, "0"), (499_500, "499500"), (0.1, "0.1"), (1e-9, "1e-09"), (-0.5, "-0.5"),
        ("한국어", "한국어"), ("=1+1", "'=1+1"), ("-x", "'-x"), ("@a", "'@a"), ("+a", "'+a"), ("a=b", "a=b"), ("", ""),
    ],
)  # fmt: skip
def test_format(value: str | int | float | None, text: str) -> None:
    assert format_cell(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_equal(value: float) -> None:
    assert float(format_cell(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_begins_a_formula_or_breaks_a_row(value: str) -> None:
    data = table_bytes([{"a": value, "b": 1}], ["a", "b"]).decode()
    rows = list(csv.reader(io.StringIO(data, newline="")))
    assert len(rows) == 2
    assert rows[1][1] == "1"
    assert not rows[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_row_has_exactly_the_columns_it_should() -> None:
    with pytest.raises(KeyError, match="no such column: x"):
        format_row({"a": 1, "x": 2}, ["a"])
    with pytest.raises(KeyError):
        format_row({}, ["a"])


def test_the_columns_are_pinned() -> None:
    """Other people's scripts read these: a change here is a new schema version."""
    assert {name: len(columns) for name, columns in {**RAW, **DERIVED}.items()} == {
        "samples.csv": 23, "scores.csv": 9, "failures.csv": 7, "accuracy.csv": 15, "throughput.csv": 18,
        "latency.csv": 21, "cost.csv": 15, "scaling.csv": 10, "summary.csv": 36,
    }  # fmt: skip
    assert RAW["samples.csv"] == tuple(
        "provider,kind,measure,dataset,scenario,phase,n,batch_size,repeat,call,unit,n_items,tokens,requests,retries,"
        "queue_ns,throttled_ns,elapsed_ns,cpu_ns,rss_mb,host_state,status,error".split(",")
    )
    assert RAW["scores.csv"] == tuple(
        "provider,dataset,pair_id,gold,predicted,dot,neg_euclidean,neg_manhattan,predicted_reversed".split(",")
    )
    assert RAW["failures.csv"] == tuple("provider,dataset,measure,phase,error_type,message,retries".split(","))
    assert DERIVED["summary.csv"] == tuple(
        "provider,kind,model,dataset,n_pairs,similarity,metric,value,ci_low,ci_high,tie_group,spearman,pearson,unit,"
        "batch_size,items_per_s,items_per_s_ci_low,items_per_s_ci_high,latency_ms_p50,latency_ms_p95,latency_ms_p99,"
        "load_s,first_call_ms,tokens,usd,usd_per_1m_tokens,usd_per_1k_items,encodes_at_1000,"
        "pair_predictions_at_1000,seconds_at_1000,usd_at_1000,truncated_texts,peak_rss_mb,host_state,status,"
        "error".split(",")
    )
    assert DERIVED["scaling.csv"] == tuple(
        "provider,kind,n,encodes,pair_predictions,seconds,seconds_ci_low,seconds_ci_high,usd,basis".split(",")
    )
