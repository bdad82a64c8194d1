"""Made files of every form, whole and broken: read exactly, or refused with a DatasetError; never anything between.

EMBEDMARK_FUZZ is how many files each of the nine tests makes; `make fuzz` makes 3,000 in all.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedmark.datasets import PairDataset, load_file, packed
from embedmark.errors import DatasetError
from tests.reliability import record

FILES = int(os.environ.get("EMBEDMARK_FUZZ", "25"))
HAPPENS = "it is read exactly, or refused in one sentence"
FUZZ = settings(max_examples=FILES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=FILES < 100)
Pairs = list[tuple[str, str, float]]
NAMES = ("sentence1", "sentence2", "score")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "latin-1")


def _zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", data)
    return sink.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": _zipped,
}

# Letters that every encoding has, quotes, delimiters, line breaks, escapes.
CELL = st.text(st.sampled_from("ab é가,;|\t\"'\\\n.[]{}:-0"), max_size=12)
KOREAN = st.text(st.sampled_from("가나다 각a,\"'"), max_size=12)
SCORE = st.floats(-10, 10, allow_nan=False).map(lambda value: round(value, 3))


def pairs_of(cell: st.SearchStrategy[str]) -> st.SearchStrategy[Pairs]:
    return st.lists(st.tuples(cell, cell, SCORE), min_size=2, max_size=7)


def table(pairs: Pairs, delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([NAMES, *pairs])
    return out.getvalue()


def written(pairs: Pairs, form: str) -> bytes:
    rows = [dict(zip(NAMES, pair, strict=True)) for pair in pairs]
    if form in ("csv", "tsv", "semicolons"):
        return table(pairs, {"csv": ",", "tsv": "\t", "semicolons": ";"}[form]).encode()
    if form == "jsonl":
        return "\n".join(map(json.dumps, rows)).encode()
    if form == "json":
        return json.dumps(rows, ensure_ascii=False).encode()
    sink = io.BytesIO()
    data = pa.Table.from_pylist(rows)
    if form == "parquet":
        pq.write_table(data, sink)
    else:
        with pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data)
    return sink.getvalue()


FORMS = st.sampled_from(["csv", "tsv", "semicolons", "jsonl", "json", "parquet", "arrow"])


READ: list[str] = []  # the names of all files so far


@pytest.fixture(scope="module", autouse=True)
def recorded(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if not request.session.testsfailed:
        record("A file of pairs, whole or broken: formats, packings, encodings, cut short", HAPPENS, len(READ))


def load(data: bytes, name: str = "pairs", **keys: object) -> PairDataset:
    READ.append(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return load_file(path, name="x", **keys)


def content(data: PairDataset) -> Pairs:
    return list(zip(data.sentence1, data.sentence2, data.gold.tolist(), strict=True))


def read_or_none(data: bytes, name: str, **keys: object) -> Pairs | None:
    """Return the pairs, or None where the file was refused in one sentence."""
    try:
        return content(load(data, name, **keys))
    except DatasetError as error:
        refused = error
    assert refused.message.strip()
    assert "\n" not in refused.message
    return None


@FUZZ
@given(pairs_of(CELL), FORMS, st.sampled_from(sorted(PACKINGS)))
def test_whole_file_is_read_exactly(pairs: Pairs, form: str, packing: str) -> None:
    keys = {"quoting": "minimal"} if form == "tsv" else {}

    assert content(load(PACKINGS[packing](written(pairs, form)), **keys)) == pairs


@FUZZ
@given(pairs_of(KOREAN), st.sampled_from(ENCODINGS), st.sampled_from(ENCODINGS))
def test_encoding_is_read_exactly_or_refused(pairs: Pairs, stored: str, said: str) -> None:
    try:
        data = table(pairs, ",").encode(stored)
    except UnicodeEncodeError:
        return

    read = read_or_none(data, "a.csv", encoding=said)

    # latin-1 takes any bytes: what it says is then what the user asked for.
    assert read in (pairs, None) or "latin-1" in (said, stored) or (said, stored) == ("cp949", "utf-8")


@FUZZ
@given(pairs_of(CELL), FORMS, st.sampled_from(["gz", "bz2", "xz", "zip"]), st.data())
def test_packed_file_cut_short_is_refused(pairs: Pairs, form: str, packing: str, data: st.DataObject) -> None:
    whole = PACKINGS[packing](written(pairs, form))
    cut = data.draw(st.integers(8, len(whole) - 1))

    with pytest.raises(DatasetError):
        load(whole[:cut])


@FUZZ
@given(pairs_of(CELL), st.sampled_from(["json", "parquet", "arrow"]), st.data())
def test_array_cut_short_is_refused(pairs: Pairs, form: str, data: st.DataObject) -> None:
    whole = written(pairs, form)

    with pytest.raises(DatasetError):
        load(whole[: data.draw(st.integers(1, len(whole) - 1))], f"a.{form}")


@FUZZ
@given(pairs_of(st.text("ab가 .'", max_size=9)), st.sampled_from([",", ";"]), st.data())
def test_ragged_row_is_refused_or_left_out_and_counted(pairs: Pairs, delimiter: str, data: st.DataObject) -> None:
    lines = table(pairs, delimiter).splitlines()
    place = data.draw(st.integers(1, len(pairs)))
    lines[place] = data.draw(st.sampled_from([lines[place] + delimiter, '"a"' + delimiter + '"b"', ""]))
    file = "\n".join(lines).encode() + b"\n"
    trailing = place == len(pairs) and not lines[place]
    others = [pair for i, pair in enumerate(pairs, start=1) if i != place]

    if not trailing:
        with pytest.raises(DatasetError):
            load(file, "a.csv")
    if len(others) < 2:
        return
    read = load(file, "a.csv", on_bad_row="skip")

    assert content(read) == others
    assert trailing or any("1 of" in note and "left out" in note for note in read.notes)


@FUZZ
@given(pairs_of(CELL), st.sampled_from(["csv", "jsonl", "json", "parquet"]), st.data())
def test_missing_score_is_refused_or_left_out_and_counted(pairs: Pairs, form: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(pairs) - 1))
    rows = [dict(zip(NAMES, pair, strict=True)) for pair in pairs]
    rows[place]["score"] = None  # type: ignore[assignment]
    if form == "csv":
        emptied = [(a, b, "" if i == place else s) for i, (a, b, s) in enumerate(pairs)]
        file = table(emptied, ",").encode()  # type: ignore[arg-type]
    elif form == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        file = sink.getvalue()
    else:
        file = (json.dumps(rows) if form == "json" else "\n".join(map(json.dumps, rows))).encode()

    with pytest.raises(DatasetError) as caught:
        load(file, f"a.{form}")
    assert caught.value.where
    if len(pairs) > 2:
        read = load(file, f"a.{form}", missing_score="skip")
        assert content(read) == [pair for i, pair in enumerate(pairs) if i != place]
        assert any("1 of" in note and "no score" in note for note in read.notes)


@FUZZ
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl", "a.parquet", "a.xlsx", "a.gz"]))
def test_random_bytes_are_refused_with_a_message(data: bytes, name: str) -> None:
    read_or_none(data, name)


@FUZZ
@given(
    st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"PAR1", b"ARROW1\x00\x00", b"\xff\xff\xff\xff",
                     b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"[{", b"{"]),
    st.binary(max_size=300),
)  # fmt: skip
def test_first_bytes_of_a_format_and_then_anything(magic: bytes, rest: bytes) -> None:
    with pytest.raises(DatasetError):
        load(magic + rest)


@FUZZ
@given(st.integers(1, 3000), st.sampled_from(["[", '{"a":', '[{"a":']))
def test_json_nested_without_end_is_refused(depth: int, opening: str) -> None:
    with pytest.raises(DatasetError):
        load((opening * depth).encode(), "a.json")


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zip"])
def test_bomb_is_refused(packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 1 << 20)

    with pytest.raises(DatasetError, match="decompression bomb"):
        load(PACKINGS[packing](b"0" * (1 << 22)))
