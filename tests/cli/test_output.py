"""Output to streams that are not UTF, as a redirected one is on a Korean Windows: readable, and never an error."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedmark.cli.output import make_safe, readable

REFERENCE = Path(__file__).parents[2] / "results" / "reference" / "quick"


def in_encoding(encoding: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "embedmark", *arguments]
    return subprocess.run(command, capture_output=True, check=False, cwd=folder, env=environment)


@pytest.mark.parametrize(("encoding", "form"), [("cp949", ["--md"]), ("ascii", [])])
def test_a_report_is_written_in_any_encoding(tmp_path, encoding, form):
    shutil.copytree(REFERENCE, tmp_path / "r")
    done = in_encoding(encoding, "report", "r", *form, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode(encoding)
    assert "minilm" in said


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_plan_and_its_errors_keep_korean_where_there_is_korean(work, encoding):
    done = in_encoding(encoding, "plan", "small.yaml", folder=work)
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode(encoding)
    assert ("길이" in said) == (encoding == "cp949")
    assert ("texts encoded ≤" if encoding == "cp949" else "texts encoded <=") in said

    text = (work / "small.yaml").read_text(encoding="utf-8").replace("쌍.tsv", "café – 쌍.tsv")
    (work / "small.yaml").write_text(text, encoding="utf-8")
    done = in_encoding(encoding, "plan", "small.yaml", folder=work)
    assert done.returncode == 2
    assert ("cafe - 쌍.tsv" if encoding == "cp949" else "cafe - ?.tsv") in done.stderr.decode(encoding)


def test_readable_replaces_what_ascii_lacks():
    assert readable("0.5 – 12 µs ≤ ±3 % × 4 ● → é ñ 한") == "0.5 - 12 us <= +/-3 % x 4 * -> e n ?"
    assert readable("\ud800") == "?"  # half of a surrogate pair, as in a file name that is not UTF-8


def test_a_stream_in_utf_stays_as_it_is():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
    make_safe(stream)
    assert (stream.encoding, stream.errors) == ("utf-8", "surrogateescape")
    make_safe(io.StringIO())


@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind are POSIX's")
@pytest.mark.parametrize("command", [["schema"], ["--help"]])
def test_closed_pipe_is_not_an_error(command):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "embedmark", *command], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
