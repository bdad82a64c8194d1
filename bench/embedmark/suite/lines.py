"""YAML with the line of every key, without tags, and without keys that are listed twice."""

from __future__ import annotations

import difflib
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from embedmark.errors import SuiteError
from embedmark.files import marked_encoding
from embedmark.suite.aliases import check_aliases
from embedmark.suite.shipped import DATA_ENDINGS, example, shipped_suites

_SHOWN = 5  # names of files in a hint
_LIKELY = 3  # of files that a misspelled name may mean
Place = tuple[str | int, ...]
Places = dict[Place, int]


_MOST_BYTES = 16 * 2**20


def read_yaml(path: Path) -> tuple[Any, Places]:
    """Return the content of a YAML file, and the line (from 1) of each key path. Raises SuiteError."""
    if path.suffix.lower() in DATA_ENDINGS:
        shown = shlex.quote(str(path))
        raise SuiteError(
            "a suite is a YAML file; this is the name of a data file",
            where=str(path),
            hint=f"embedmark run --model lexical --data {shown}, or embedmark init --data {shown}",
        )
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)  # a device never ends
        text = content.decode(marked_encoding(content) or "utf-8-sig")
    except FileNotFoundError:
        raise SuiteError("there is no such suite file", where=str(path), hint=_neighbours(path)) from None
    except IsADirectoryError:
        raise SuiteError("a suite is a file; this is a folder", where=str(path), hint=_neighbours(path / "x")) from None
    except UnicodeDecodeError as error:
        name = (marked_encoding(content) or "utf-8").upper()
        raise SuiteError(f"not {name} at byte {error.start}", where=str(path), hint="save the file as UTF-8") from None
    except OSError as error:
        raise SuiteError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > _MOST_BYTES:
        raise SuiteError(f"a suite has at most {_MOST_BYTES:,} bytes, and this file has more", where=str(path))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return None, {}
        check_aliases(node, path)
        places: Places = {}
        _walk(node, (), places, path, set())
        return yaml.safe_load(text), places
    except yaml.YAMLError as error:
        raise _syntax(error, path, text) from None
    except (ValueError, RecursionError) as error:  # an impossible date; a nest of thousands of brackets
        hint = 'put days in quotes, such as "2026-11-30"' if "month" in str(error) or "day" in str(error) else None
        raise SuiteError(f"not a suite: {error}", where=str(path), hint=hint) from None


def _walk(node: yaml.Node, place: Place, places: Places, path: Path, walked: set[int]) -> None:
    if id(node) in walked:  # an alias: its anchor's lines are known, and a nest of aliases would never end
        return
    walked.add(id(node))
    places.setdefault(place, node.start_mark.line + 1)
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
        raise SuiteError(
            f"YAML tags are not allowed in a suite: {node.tag}",
            where=f"{path}:{node.start_mark.line + 1}",
            hint="write the plain value",
        )
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            _walk(item, (*place, i), places, path, walked)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise SuiteError(f"the key {name!r} is listed twice", where=f"{path}:{key.start_mark.line + 1}")
            seen.add(name)
            places[(*place, name)] = key.start_mark.line + 1
            _walk(value, (*place, name), places, path, walked)


def _syntax(error: yaml.YAMLError, path: Path, text: str) -> SuiteError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    hint = "write the plain value, without a tag" if "tag" in problem or "constructor" in problem else None
    if hint is None and mark:
        hint = _hint_comment(text.splitlines()[: mark.line + 1])
    return SuiteError(f"not valid YAML: {problem}", where=where, hint=hint)


def _hint_comment(lines: list[str]) -> str | None:
    """Return what to write where a name begins with #, and YAML took the rest of its line for a comment."""
    for line in reversed(lines[-_SHOWN:]):
        found = re.search(r"""(?:^|[\s{\[,])(#[^,}\]'"]*[^,}\]'"\s])""", line)
        if found and not line.lstrip().startswith("#"):
            return f'a # begins a comment: put a name with # in quotes, such as "{found[1]}"'
    return None


def _neighbours(path: Path) -> str | None:
    shipped = shipped_suites().get(path.stem) if path.name in (path.stem, f"{path.stem}.yaml") else None
    if shipped is not None:
        return f"embedmark run {shlex.quote(str(shipped))}, or your own suite: embedmark init"
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist either"
    # Hidden ones are settings of tools, such as .pre-commit-config.yaml.
    there = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.name[0] != ".")
    if not there:
        return f"embedmark init writes one; {example()} is an example"
    if len(there) <= _SHOWN:
        return f"in {folder}: {', '.join(there)}"
    stems = {Path(name).stem: name for name in there}  # the endings are alike anyway
    near = difflib.get_close_matches(path.stem, stems, n=_SHOWN, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(shlex.quote(str(folder / stems[stem])) for stem in near[:_LIKELY])}?"
    return f"in {folder}: {', '.join(there[:_SHOWN])} and {len(there) - _SHOWN} more"


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
