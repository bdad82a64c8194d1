"""What each part of a manifest is: a mapping with known, typed keys, that keeps the keys it does not know.

The annotations of its fields say what a key may hold. A field without a default is a key that must be there; null is
the same as a key that is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Self, get_args, get_origin, get_type_hints

Count = Annotated[int, "a count is never negative"]
Number = Annotated[float, "3 stays a whole number, and is written as one"]
# Metadata of a field that a new part is written without where it has its default.
AT_NEED: Final = {"at_need": True}
# Metadata of a field that is no key: it is neither read nor written.
IN_MEMORY: Final = {"in_memory": True}


class WrongKeyError(ValueError):
    """A key that does not hold what it should.

    Attributes:
        key: its path: `datasets[0].name`.
        what: what is wrong with it: `is missing`.
    """

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key} {what}")
        self.key = key
        self.what = what


@dataclass(kw_only=True)
class Part:
    """A mapping of the manifest.

    Attributes:
        extra: keys that this version does not know, with their values.
    """

    extra: dict[str, Any] = field(default_factory=dict)
    _keys: tuple[str, ...] | None = field(default=None, init=False, repr=False, compare=False)
    _nulls: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """Return the part that JSON describes. Raises WrongKeyError."""
        return cls._read(facts, "")

    @classmethod
    def _read(cls, value: Any, at: str) -> Self:
        given = _mapping(value, at)
        known = cls._known()
        values: dict[str, Any] = {}
        for key, (hint, spec) in known.items():
            if given.get(key) is not None:
                values[key] = _read(hint, given[key], _join(at, key))
            elif _is_needed(spec):
                raise WrongKeyError(_join(at, key), "is null" if key in given else "is missing")
        part = cls(**values, extra={key: inner for key, inner in given.items() if key not in known})
        part._keys = tuple(given)
        part._nulls = frozenset(key for key, inner in given.items() if inner is None)
        return part

    @classmethod
    def _known(cls) -> dict[str, tuple[Any, Field[Any]]]:
        part: Any = cls  # an instance has no hash, a class has
        return _fields_of(part)

    def has(self, key: str) -> bool:
        """Return True if the key was there when the part was read."""
        return key in (self._keys or ())

    def is_null(self, key: str) -> bool:
        """Return True if the key was null when the part was read."""
        return key in self._nulls

    def change(self, facts: Mapping[str, Any]) -> None:
        """Set these keys; others stay."""
        for key, fact in facts.items():
            if key in self._known():
                setattr(self, key, fact)
            else:
                self.extra[key] = fact

    def drop(self, key: str) -> None:
        """Take a key out that has a default."""
        setattr(self, key, _default(self._known()[key][1]))
        self._keys = tuple(name for name in self._keys or () if name != key)

    def take_missing(self, other: Self) -> None:
        """Take the keys of another part that this one does not have."""
        mine = self.to_json()
        for key in other.to_json():
            if key not in mine:
                self.change({key: other.extra[key] if key in other.extra else getattr(other, key)})

    def to_json(self, only: Collection[str] | None = None) -> dict[str, Any]:
        """Return the part as JSON types: its keys in the order they were read in, then those that were set.

        Args:
            only: the keys that are wanted; default: all.
        """
        known = self._known()
        found: dict[str, Any] = {}
        for key in dict.fromkeys((*(self._keys or ()), *known, *self.extra)):
            if only is not None and key not in only:
                continue
            if key in self.extra:
                found[key] = _plain(self.extra[key])
            elif key in known:
                value = getattr(self, key)
                is_default = not _is_needed(known[key][1]) and value == _default(known[key][1])
                if not is_default or self._is_written(key, known[key][1]):
                    found[key] = None if is_default and key in self._nulls else _plain(value)
        return found

    def _is_written(self, key: str, spec: Field[Any]) -> bool:
        """Return True if a key that has its default is written: as it was read, or as a new part has it."""
        return "at_need" not in spec.metadata if self._keys is None else key in self._keys


@cache
def _fields_of(part: type[Any]) -> dict[str, tuple[Any, Field[Any]]]:
    """Return the type and the field of each key of a part."""
    hints = get_type_hints(part, include_extras=True)
    base = {spec.name for spec in fields(Part)}
    return {spec.name: (hints[spec.name], spec) for spec in fields(part) if spec.name not in base | _in_memory(part)}


def _in_memory(part: type[Any]) -> set[str]:
    return {spec.name for spec in fields(part) if "in_memory" in spec.metadata}


def _is_needed(spec: Field[Any]) -> bool:
    return spec.default is MISSING and spec.default_factory is MISSING


def _default(spec: Field[Any]) -> Any:
    return spec.default_factory() if spec.default_factory is not MISSING else spec.default


def _read(hint: Any, value: Any, at: str) -> Any:
    """Return a value of JSON as its annotation has it. Raises WrongKeyError."""
    if hint is Any:
        return value
    if isinstance(hint, type) and issubclass(hint, Part):
        return hint._read(value, at)
    kind, inside = get_origin(hint), get_args(hint)
    if kind is list:
        if not isinstance(value, list):
            raise _unlike(value, at, "a list")
        return value if inside[0] is Any else [_read(inside[0], one, f"{at}[{i}]") for i, one in enumerate(value)]
    if kind is dict:
        given = _mapping(value, at)
        return given if inside[1] is Any else {key: _read(inside[1], one, _join(at, key)) for key, one in given.items()}
    if NoneType in inside:
        return None if value is None else _read(inside[0], value, at)
    return _scalar(hint, value, at)


def _scalar(hint: Any, value: Any, at: str) -> Any:
    is_bool = isinstance(value, bool)
    if hint is str and not isinstance(value, str):
        raise _unlike(value, at, "a text")
    if hint is bool and not is_bool:
        raise _unlike(value, at, "true or false")
    if hint == Number and (is_bool or not isinstance(value, int | float)):
        raise _unlike(value, at, "a whole number or a number")
    if hint == Count:
        if is_bool or not isinstance(value, int):
            raise _unlike(value, at, "a whole number")
        if value < 0:
            raise WrongKeyError(at, f"is {value}, and a count is never negative")
    return value


def _mapping(value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unlike(value, at, "a mapping")
    return value


def _unlike(value: Any, at: str, wanted: str) -> WrongKeyError:
    return WrongKeyError(at, "is null" if value is None else f"is {_kind(value)}, and should be {wanted}")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
