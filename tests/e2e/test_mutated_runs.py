"""Run folders damaged at random: each command says in one message what is wrong, and touches nothing outside.

EMBEDMARK_MUTATED_RUNS: how many; `make faults` does 1,000.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from embedmark.cli.main import run
from tests.mutations import mutate
from tests.reliability import Tries, record
from tools.synthetic import FakeDataset, FakeProvider, make_run

RUNS = int(os.environ.get("EMBEDMARK_MUTATED_RUNS", "12"))
_DOCUMENTED = (0, 1, 2)
_COMMANDS = (
    ["verify"], ["report", "--md"], ["report"], ["report", "--format", "json"], ["show"], ["show", "--warnings"],
    ["compare"], ["merge", "--out", "merged"], ["run", "--resume"],
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_mutated_run_folder_is_read_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    providers = [FakeProvider("a"), FakeProvider("b", noise=2, usd_per_1m_tokens=1.0)]
    base = make_run(tmp_path / "base", providers, [FakeDataset(n_pairs=40)], calls=20, measure=("accuracy", "cost"))
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n", encoding="utf-8")

    tries = Tries(RUNS)
    for seed in tries:
        rng, folder = random.Random(seed), tmp_path / "run"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        what = mutate(folder, rng)
        arguments = rng.choice(_COMMANDS)
        where = [str(base)] * (arguments[0] in ("compare", "merge"))

        shutil.rmtree(tmp_path / "merged", ignore_errors=True)

        code = run([*arguments, *where, str(folder)])

        said = "".join(capsys.readouterr())
        assert code in _DOCUMENTED, (seed, what, said)
        assert "internal error" not in said, (seed, what, said)
        assert "Usage:" not in said, (seed, what, said)
        assert "Traceback" not in said, (seed, what)
        assert "secret" not in said, (seed, what)
        assert not set(said) & set("\x07\u202e\x00"), (seed, what)
        assert outside.read_text(encoding="utf-8") == "secret\n", (seed, what)
    happens = "it is read, or refused in one message that names the key or the file; nothing outside is touched"
    record("A run folder damaged at random: keys, types, cells, bytes, links, pipes", happens, tries.done)


def test_link_beside_a_table_is_not_followed(tmp_path: Path) -> None:
    run_folder = make_run(tmp_path / "run", [FakeProvider("a")], measure=("accuracy",))
    outside = tmp_path / "outside.txt"
    outside.write_text("mine\n", encoding="utf-8")
    (run_folder / ".accuracy.csv.partial").symlink_to(outside)

    assert run(["report", str(run_folder), "--html"]) == 0

    assert outside.read_text(encoding="utf-8") == "mine\n"
    assert not (run_folder / "accuracy.csv").is_symlink()


@pytest.mark.parametrize("name", ["../outside.csv", "/dev/zero", "outside.csv"])
def test_only_raw_files_of_a_run_are_verified(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folder = make_run(tmp_path / "run", [FakeProvider("a")], measure=("accuracy",))
    (tmp_path / "outside.csv").write_text("a,b\nsecret,1\n", encoding="utf-8")
    path = run_folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["raw"][name] = manifest["raw"]["scores.csv"]
    path.write_text(json.dumps(manifest), encoding="utf-8")

    assert run(["verify", str(run_folder)]) == 2

    said = capsys.readouterr().err
    assert f"raw.{name}" in said
    assert "secret" not in said


@pytest.mark.parametrize("name", ["manifest.json", "scores.csv"])
def test_a_pipe_in_a_run_folder_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folder = make_run(tmp_path / "run", [FakeProvider("a")], measure=("accuracy",))
    (run_folder / name).unlink()
    os.mkfifo(run_folder / name)

    assert run(["report", str(run_folder)]) == 2

    assert "a pipe or a device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("providers", {"x": 1}, "`providers` is a mapping"), ("datasets", None, "`datasets` is null"),
        ("warnings", [1], "`warnings[0]` is the number 1"),
        ("tokens", {"a": {"b": {"read": float("-inf")}}}, "-Infinity"),
        ("suite", {"measure": {"accuracy": {"resamples": "many"}}, "providers": [], "datasets": []},
         "`suite.measure.accuracy.resamples` is a text"),
    ],
)  # fmt: skip
def test_damaged_key_is_named(
    key: str, value: object, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder = make_run(tmp_path / "run", [FakeProvider("a")], measure=("accuracy",))
    path = run_folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | {key: value}
    path.write_text(json.dumps(manifest), encoding="utf-8")

    assert run(["report", str(run_folder)]) == 2

    assert named in capsys.readouterr().err
