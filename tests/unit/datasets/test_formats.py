"""Ten formats by four kinds of packing: the same pairs, the same hash, whatever the file is called."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embedmark.datasets import Columns, load_file
from embedmark.errors import DatasetError
from embedmark.files import install_command

ROWS = [("A cat.", "A dog, or two", 1.25), ("고양이", '"강아지" 한 마리', 3.0), ("x", "y; z", 0.5)]
NAMES = ("sentence1", "sentence2", "score")


def table(delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([NAMES, *ROWS])
    return out.getvalue().encode()


def objects() -> list[dict[str, object]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def arrow(stream: bool) -> bytes:
    sink = io.BytesIO()
    data = pa.Table.from_pylist(objects())
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, data.schema) as writer:
        writer.write_table(data)
    return sink.getvalue()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(objects()), sink)
    return sink.getvalue()


def excel() -> bytes:
    book = openpyxl.Workbook()
    for row in [NAMES, *ROWS]:
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._pairs", b"not data")
        archive.writestr("pairs", data)
    return sink.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: table(","),
    "csv of Excel": lambda: table(";").replace(b"1.25", b"1,25").replace(b"3.0", b"3").replace(b"0.5", b"0,5"),
    "tsv": lambda: "\n".join("\t".join(map(str, row)) for row in [NAMES, *ROWS]).encode(),
    "jsonl": lambda: "\n".join(map(json.dumps, objects())).encode(),
    "json array": lambda: json.dumps(objects(), indent=1).encode(),
    "json columns": lambda: json.dumps({key: [row[key] for row in objects()] for key in NAMES}).encode(),
    "parquet": parquet,
    "arrow file": lambda: arrow(False),
    "arrow stream": lambda: arrow(True),
    "excel": excel,
}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zip": zipped,
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_in_every_packing(tmp_path: Path, form: str, packing: str) -> None:
    """The file's name says nothing: the format is told by its bytes."""
    path = tmp_path / "pairs"
    path.write_bytes(PACKINGS[packing](FORMATS[form]()))
    plain = tmp_path / "plain.tsv"
    plain.write_bytes(FORMATS["tsv"]())

    data = load_file(path, name="x")

    assert list(zip(data.sentence1, data.sentence2, data.gold.tolist(), strict=True)) == ROWS
    assert data.sha256 == load_file(plain, name="y").sha256


def test_member_of_an_archive_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.txt", "about")
        archive.writestr("data/dev.tsv", "sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n")
        archive.writestr("data/test.tsv", "sentence1\tsentence2\tscore\ne\tf\t1\ng\th\t2\n")

    data = load_file(path / "data" / "test.tsv", name="x")

    assert data.sentence1 == ("e", "g")


def test_sheet_is_chosen_by_name_and_by_number(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["about this file"])
    sheet = book.create_sheet("Paare")
    for row in [("Satz1", "Satz2", "Wert"), ("a", 12, 1), ("b", "c", "4.5")]:
        sheet.append(row)
    path = tmp_path / "p.xlsx"
    book.save(path)
    columns = Columns("Satz1", "Satz2", "Wert")

    by_name = load_file(path, name="x", columns=columns, sheet="Paare")
    by_number = load_file(path, name="x", columns=columns, sheet=2)

    assert by_name.sentence2 == ("12", "c")
    assert by_name.gold.tolist() == [1.0, 4.5]
    assert by_number.sha256 == by_name.sha256


@pytest.mark.parametrize(("form", "module"), [("parquet", "pyarrow"), ("excel", "python_calamine")])
def test_missing_library_is_named_with_its_pip_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, module: str
) -> None:
    path = tmp_path / "pairs"
    path.write_bytes(FORMATS[form]())
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")

    assert "not installed here" in caught.value.message
    assert caught.value.hint == install_command("files")
