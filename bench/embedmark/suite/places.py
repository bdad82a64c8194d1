"""Where in a suite file a key stands, for errors that are found after the file was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from embedmark.suite.lines import Place, Places


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a suite was read from.

    Attributes:
        path: the file, as the user named it.
        places: the line, from 1, of each key path.
        providers: the providers' names in the file's order, which `--only` does not change.
    """

    path: Path
    places: Places = field(default_factory=dict)
    providers: tuple[str, ...] = ()

    def where(self, *place: str | int) -> str:
        """`suite.yaml:12, measure.scaling.sizes`: the line of the nearest key that is in the file."""
        return where(place, self.path, self.places)

    def provider(self, name: str) -> str:
        """`suite.yaml:3, provider 'minilm'`."""
        if name not in self.providers:
            return f"provider {name!r}"
        return f"{at_line(('providers', self.providers.index(name)), self.path, self.places)}, provider {name!r}"


def where(place: Place, path: Path, places: Places) -> str:
    """`suite.yaml:12, measure.scaling.sizes`."""
    file = at_line(place, path, places)
    return f"{file}, {key_path(place)}" if place else file


def at_line(place: Place, path: Path, places: Places) -> str:
    """`suite.yaml:12`: the line of the key, or of the nearest one around it that is in the file."""
    line = next((places[place[:i]] for i in range(len(place), -1, -1) if place[:i] in places), None)
    return f"{path}:{line}" if line else str(path)


def key_path(place: Place) -> str:
    """`providers[0].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
