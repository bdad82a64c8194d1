"""Output to streams that are not UTF, as a redirected one is on a Korean Windows: readable, and never an error."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedmark.cli.output import Output, kept_in, lost_output, make_safe, readable

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


LOUD = """
import sys
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

class Loud:
    info = ProviderInfo(plugin="loud", model="loud", kind="bi-encoder", notes="one sentence", dim=7)

    def load(self):
        sys.stdout = sys.stdout if FAULT == "prints" else open("stolen", "w")

    def close(self):
        if FAULT == "closes":
            sys.stdout.close()

    def encode(self, texts):
        print("NOISE")
        return Embeddings(np.array([[len(text), 1] for text in texts], dtype=np.float32))
"""


@pytest.mark.parametrize("fault", ["prints", "steals", "closes"])
def test_what_a_provider_prints_is_not_among_the_results(embedmark, work, fault):
    (work / "loud.py").write_text(f"FAULT = {fault!r}\n{LOUD}", encoding="utf-8")

    ran = embedmark("run", "--model", "./loud.py:Loud", "--data", "쌍.tsv", "--measure", "accuracy", "--out", "r")
    alike = embedmark("similarity", "--model", "./loud.py:Loud", "one", "three")

    assert (ran.code, alike.code) == (0, 0), ran.err
    assert "Spearman" in ran.out
    assert "one" in alike.out
    assert "NOISE" not in ran.out + alike.out
    told = [one["message"] for one in json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))["warnings"]]
    assert "Loud: one sentence" in told
    assert "Loud: it says that its vectors have 7 dimensions, and they have 2" in told


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


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize(("command", "is_unbuffered"), [("report run --format json", False), ("schema", True)])
def test_full_stdout_is_one_message(work, command, is_unbuffered):
    """Python alone drops what a full disk did not take if PYTHONUNBUFFERED is set, and says nothing."""
    shutil.copytree(REFERENCE, work / "run")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1" if is_unbuffered else ""}

    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "embedmark", *command.split()], stdout=full, stderr=subprocess.PIPE, check=False,
            cwd=work, env=environment, encoding="utf-8",
        )  # fmt: skip

    kept = "what the command did is kept in run" if command.startswith("report") else "this command keeps nothing else"
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        f"error: standard output cannot be written: {os.strerror(errno.ENOSPC)}; {kept}"
    )
    assert done.stderr.splitlines()[1:] == [
        "  at:  stdout",
        "  try: the same command with > FILE behind it, on a disk with room",
    ]


class Refused(io.RawIOBase):
    """A raw stream that takes `room` bytes, and then says that the disk is full, or that its reader has gone."""

    def __init__(self, room: int, refusal: OSError) -> None:
        self.room = room
        self.refusal = refusal

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        taken = min(self.room, len(memoryview(data)))  # type: ignore[arg-type]
        if not taken:
            raise self.refusal
        self.room -= taken
        return taken


def test_output_that_is_cut_is_told_with_its_place(monkeypatch):
    raw = Refused(10, OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(sys, "stdout", Output(io.TextIOWrapper(raw, "utf-8", write_through=True)))
    kept_in(Path("results/quick"), again="embedmark show results/quick")

    print("a line of more than ten letters")
    lost = lost_output()

    assert lost is not None
    assert "kept in results/quick" in lost.message
    assert lost.hint == "embedmark show results/quick"


def test_reader_that_has_gone_loses_nothing(monkeypatch):
    raw = Refused(0, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    monkeypatch.setattr(sys, "stdout", Output(io.TextIOWrapper(raw, "utf-8", write_through=True)))

    print("a line")

    assert lost_output() is None
