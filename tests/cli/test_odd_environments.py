"""Environments and suites that nobody planned for: the run goes on, or one message says why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from embedmark.cli.main import run
from embedmark.files import cache_dir, homeless_dir
from embedmark.store.write import run_id

_PROVIDERS = "providers: [{name: a, use: lexical}]\n"
_ACCURACY = "measure: {accuracy: {resamples: 100}}\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    rows = "\n".join(f"a cat {i}\ta dog {i}\t{i % 5}" for i in range(12))
    (tmp_path / "pairs.tsv").write_text(f"sentence1\tsentence2\tscore\n{rows}\n", encoding="utf-8")
    path = tmp_path / "suite.yaml"
    path.write_text(f"{_PROVIDERS}datasets: [{{path: pairs.tsv}}]\n{_ACCURACY}", encoding="utf-8")
    return path


def embedmark(redirect: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = f'"$0" -m embedmark "$@" {redirect}'
    return subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_run_measures_without_a_stream(redirect: str, suite: Path) -> None:
    out = suite.parent / "run"

    ended = embedmark(redirect, "run", str(suite), "--out", str(out))

    assert ended.returncode == 0
    assert (out / "scores.csv").read_text(encoding="utf-8").count("\n") == 13
    assert (out / "failures.csv").read_text(encoding="utf-8").count("\n") == 1


def test_full_output_is_one_message(suite: Path) -> None:
    ended = embedmark(">/dev/full", "plan", str(suite))

    assert ended.returncode == 1
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_user_without_home_has_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMBEDMARK_CACHE", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: "~/.cache/embedmark")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    homeless_dir.cache_clear()

    found = cache_dir()

    homeless_dir.cache_clear()
    assert found == tmp_path / f"embedmark-{os.getuid()}"
    assert found.stat().st_mode & 0o077 == 0


_DATA = "datasets: [{path: pairs.tsv}]\n"
_NEST = "".join(f"    a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(9))}}}\n" for i in range(1, 9))
_PRICE = "cost: {prices: {a: {usd_per_1m_tokens: 1.0e+308}}}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"providers:\n - {{name: a, use: lexical, options: &o {{x: *o}}}}\n{_DATA}{_ACCURACY}", "contain itself"),
        (f"providers:\n - name: a\n   use: lexical\n   options:\n    a0: &a0 {{k: v}}\n{_NEST}{_DATA}", "100,000"),
        (f"providers: [{{name: {'n' * 200_000}, use: lexical}}]\n{_DATA}{_ACCURACY}", "at most 200 characters"),
        (f"{_PROVIDERS}datasets: [{{path: pairs.tsv, encoding: idna}}]\n{_ACCURACY}", "idna"),
        (f"{_PROVIDERS}{_DATA}measure: {{accuracy: {{}}, {_PRICE}}}\n", "1000000"),
        (f"providers: [{{name: a, use: './{'n' * 5000}.py:X'}}]\n{_DATA}{_ACCURACY}", "too long"),
    ],
)
def test_odd_suite_is_refused_with_its_line(
    text: str, line: str, suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (suite.parent / "pairs.tsv").write_text("sentence1\tsentence2\tscore\n고양이\t개\t1\n", encoding="utf-8")
    suite.write_text(text, encoding="utf-8")

    assert run(["plan", str(suite)]) == 2

    said = capsys.readouterr().err
    assert line in said
    assert len(said) < 5_000


def test_long_name_of_a_suite_fits_a_folder() -> None:
    assert len(run_id("가" * 5_000, "2026-01-31T12:00:00+00:00").encode()) < 255


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize(
    "command",
    [
        ["datasets", "check"],
        ["run", "--model", "lexical", "--data"],
        ["init", "--force", "--model", "lexical", "--data"],
    ],
)
def test_data_that_never_ends_is_refused(embedmark, work: Path, kind: str, command: list[str]) -> None:
    path = work / "data.csv"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")

    done = embedmark(*command, str(path))

    assert done.code == 2
    assert "not a plain file" in done.err


def test_suite_that_never_ends_is_refused(embedmark, work: Path) -> None:
    (work / "zero.yaml").symlink_to("/dev/zero")

    done = embedmark("plan", "zero.yaml")

    assert done.code == 2
    assert "at most 16,777,216 bytes" in done.err
