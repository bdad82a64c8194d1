"""Plugins as pip installs them: what `providers new` writes, and two that claim one name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Environment


@pytest.mark.slow
def test_new_distributions_pass_and_a_name_clash_names_both(fresh: Environment, tmp_path: Path) -> None:
    for name, kind in (("mine-cross", "cross-encoder"), ("mine-image", "image")):
        fresh.embedmark("providers", "new", name, "--kind", kind, cwd=tmp_path)
    rival = tmp_path / "rival"
    fresh.embedmark("providers", "new", "rival", "--out", rival, cwd=tmp_path)
    projects = [tmp_path / "embedmark-mine-cross", tmp_path / "embedmark-mine-image"]
    fresh.install(*projects)

    tests = [project / "tests" for project in projects]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", tmp_path]
    done = fresh.run("-m", "pytest", *options, *tests, cwd=tmp_path)
    assert " passed" in done.stdout
    assert " failed" not in done.stdout
    listed = fresh.embedmark("providers", "list", cwd=tmp_path).stdout
    rows = {line.split()[0]: " ".join(line.split()) for line in listed.splitlines() if line.strip()}
    assert rows["mine-cross"] == "mine-cross cross-encoder embedmark-mine-cross 0.1.0 yes"
    assert rows["mine-image"] == "mine-image bi-encoder, images embedmark-mine-image 0.1.0 yes"

    toml = rival / "pyproject.toml"
    text = toml.read_text(encoding="utf-8")
    assert '\nrival = "' in text
    toml.write_text(text.replace('\nrival = "', '\nmine-image = "'), encoding="utf-8")
    fresh.install(rival)
    done = fresh.embedmark("providers", "check", "mine-image", cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "two distributions claim the provider name 'mine-image'" in done.stderr
    assert "embedmark-mine-image 0.1.0 (embedmark_mine_image:MineImageProvider)" in done.stderr
    assert "embedmark-rival 0.1.0 (embedmark_rival:RivalProvider)" in done.stderr
    assert "pip uninstall embedmark-rival" in done.stderr
    listed = fresh.embedmark("providers", "list", cwd=tmp_path).stdout
    assert listed.count("two distributions claim") == 2
    done = fresh.embedmark("providers", "new", "mine-cross", "--out", "other", cwd=tmp_path, check=False)
    assert (done.returncode, "taken by embedmark-mine-cross 0.1.0" in done.stderr) == (2, True)
