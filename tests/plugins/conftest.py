"""An environment of its own with embedmark out of its wheel, as a plugin's author has it.

Its dependencies are those of the environment that runs the tests, seen through a .pth file: nothing is downloaded or
copied, and the editable embedmark there is not seen, since .pth files behind a .pth file are not read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    python: Path
    site: Path

    def run(self, *arguments: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run its Python; stdout and stderr apart."""
        done = subprocess.run(
            [self.python, *arguments], cwd=cwd, env=clean(), capture_output=True, encoding="utf-8", check=False
        )
        assert not check or done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def embedmark(self, *arguments: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "embedmark", *arguments, cwd=cwd, check=check)

    def install(self, *arguments: str | Path) -> None:
        """pip install, without dependencies; builds with the hatchling that is here."""
        pip("--python", self.python, "install", "--no-deps", "--no-build-isolation", *arguments)


def clean() -> dict[str, str]:
    """The environment's variables without those that name other packages."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def build(project: Path, into: Path) -> Path:
    """Build the wheel of a project; its path."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", into, project)
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def embedmark_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheels: pip install hatchling")
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def fresh(tmp_path: Path, embedmark_wheel: Path) -> Environment:
    """A new environment with embedmark and nothing else of its own."""
    return make_environment(tmp_path / "venv", [embedmark_wheel])


def make_environment(folder: Path, wheels: Sequence[Path]) -> Environment:
    venv.EnvBuilder(symlinks=True).create(folder)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    environment = Environment(folder / ("Scripts" if os.name == "nt" else "bin") / "python", site)
    environment.install(*wheels)
    return environment
