"""Embeddings of a reply as vectors: lists of numbers, or base64 of one of several types of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embedmark.errors import BadResponseError
from embedmark_providers import _codec
from embedmark_providers._openai_encoding import NoVectorError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

# Bytes of a number of each type that servers are known to send.
SIZES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8, "int8": 1}
# Norms that vectors of models have; bytes of another type give far smaller or larger ones.
_LEAST_NORM, _MOST_NORM = 0.02, 500.0
_UNIT = 0.02
# How near vectors of one text are that came once as base64 and once as a list: int8 is rounded.
_SAME_COSINE = 0.995
# What a list may hold: not a boolean, and not a number in quotes.
_NUMBERS = (float, int, type(None))
# int8 values lie around 0; those of unsigned or packed types do not.
_CENTRED = 0.8


class Decoder:
    """Decodes rows of one provider; finds out once which type of numbers its base64 holds.

    Attributes:
        dtype: the type, once it is known.
        counts: requests by how their vectors came.
    """

    def __init__(self) -> None:
        self.dtype: str | None = None
        self.counts: dict[str, int] = {}
        self._held: tuple[str, bytes] | None = None  # a text that is to be asked for as floats, and its base64

    @property
    def asks_floats(self) -> bool:
        """True if the next request shall ask for floats, to compare them with the base64 of the same text."""
        return self._held is not None

    def decode(self, texts: Sequence[str], rows: Sequence[Any], dim: int | None) -> Array:
        """Return float32 (n, d). Raises BadResponseError, with `retryable` where floats must be asked for first.

        Args:
            texts: what was asked for.
            rows: of read_reply().
            dim: dimension that the vectors must have; None: any, the same for all.
        """
        import numpy as np

        raw = {place: _bytes(row, place) for place, row in enumerate(rows) if isinstance(row, str)}
        lists = {place: _list(row, place) for place, row in enumerate(rows) if place not in raw}
        if lists and not raw:
            self._compare(texts[0], lists[0])
        dtype = self._type_of(texts[0], list(raw.values()), dim) if raw else "float32"
        vectors = [lists[i] if i in lists else _numbers(raw[i], dtype, i) for i in range(len(rows))]
        array = np.stack(_of_one_length(vectors, dim)).astype(np.float32, copy=False)
        _require_numbers(array)
        kind = "float" if lists else "base64" if dtype == "float32" else f"base64 of {dtype}"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return array

    def _type_of(self, text: str, raw: Sequence[bytes], dim: int | None) -> str:
        if self.dtype is None:
            fitting = _fitting(raw, dim)
            if len(fitting) != 1:
                raise self._undecided(text, raw[0], fitting, dim)
            self.dtype = fitting[0]
        return self.dtype

    def _undecided(self, text: str, raw: bytes, fitting: Sequence[str], dim: int | None) -> BadResponseError:
        """Return an error that asks for floats, or the final one where the server does not give them."""
        if fitting and (self._held is None or self._held[0] != text):
            self._held = self._held or (text, raw)
            return BadResponseError(
                f"the bytes of its base64 may be {' or '.join(fitting)}: requested again as floats",
                retryable=True, retry_after=0.0, splittable=False, hint="options: {encoding: float}",
            )  # fmt: skip
        self._held = None
        if not fitting and _fitting([raw], None) == ["float32"]:
            return _other_dim(len(raw) // SIZES["float32"], dim)
        return BadResponseError(
            f"its base64 of {len(raw)} bytes a vector is not of 32-bit floats, and its type cannot be determined",
            splittable=False, hint="options: {encoding: float} asks for lists of numbers",
        )  # fmt: skip

    def _compare(self, text: str, vector: Array) -> None:
        """Take the type whose numbers are those of the list that came for the same text."""
        if self._held is None or self._held[0] != text:
            return
        raw, self._held = self._held[1], None
        alike = [
            name for name, size in SIZES.items()
            if len(raw) == size * len(vector) and _cosine(_numbers(raw, name), vector) > _SAME_COSINE
        ]  # fmt: skip
        if len(alike) != 1:
            raise BadResponseError(
                "the base64 of a text does not decode to the same vector as its list of floats",
                splittable=False, hint="options: {encoding: float} asks for lists of numbers",
            )  # fmt: skip
        self.dtype = alike[0]


def _fitting(raw: Sequence[bytes], dim: int | None) -> list[str]:
    """Return the types in which all rows have plausible norms; one alone where that decides."""
    import numpy as np

    raw = [one for one in raw if not _is_spoiled(one)]
    sizes = {len(one) for one in raw}
    if len(sizes) != 1:
        return ["float32"]  # of different dimensions, zero or not finite: that is said elsewhere
    length = sizes.pop()
    known = [name for name, size in SIZES.items() if length % size == 0 and dim in (None, length // size)]
    norms = {name: np.array([_norm(_numbers(one, name)) for one in raw]) for name in known}
    floats = [name for name in known if name != "int8" and _plausible(norms[name])]
    unit = [name for name in floats if np.abs(norms[name] - 1).max() < _UNIT]
    if len(unit) == 1:
        return unit
    if floats or "int8" not in known:
        return floats or (["float32"] if dim is not None and "float32" in known else [])
    return ["int8"] if all(_is_int8(one) for one in raw) else []


def _is_spoiled(raw: bytes) -> bool:
    """Return True for a vector of zeros, and for 32-bit floats that are not numbers."""
    import numpy as np

    return not any(raw) or (len(raw) % 4 == 0 and bool((np.frombuffer(raw, "<u4") & 0x7FFFFFFF == 0x7FC00000).any()))


def _plausible(norms: npt.NDArray[np.float64]) -> bool:
    import numpy as np

    return bool(np.isfinite(norms).all() and norms.min() >= _LEAST_NORM and norms.max() <= _MOST_NORM)


def _is_int8(raw: bytes) -> bool:
    import numpy as np

    signed = np.frombuffer(raw, dtype=np.int8).astype(np.float64)
    unsigned = np.frombuffer(raw, dtype=np.uint8).astype(np.float64) - 128
    return bool((signed**2).mean() < _CENTRED**2 * (unsigned**2).mean())


def _numbers(raw: bytes, dtype: str, place: int = 0) -> Array:
    import numpy as np

    if len(raw) % SIZES[dtype]:
        what = "32-bit floats" if dtype == "float32" else dtype
        raise BadResponseError(f"vector {place} is base64 of {len(raw)} bytes, not of {what}")
    if dtype == "bfloat16":
        wide = np.frombuffer(raw, dtype="<u2").astype("<u4") << 16
        return wide.view("<f4")
    with np.errstate(over="ignore", invalid="ignore"):
        kind = {"float32": "<f4", "float16": "<f2", "float64": "<f8", "int8": "i1"}[dtype]
        return np.frombuffer(raw, dtype=kind).astype(np.float32)


def _norm(vector: Array) -> float:
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.linalg.norm(vector.astype(np.float64)))


def _cosine(a: Array, b: Array) -> float:
    import numpy as np

    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        cosine = float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))
    return cosine if np.isfinite(cosine) else -1.0


def _bytes(row: str, place: int) -> bytes:
    try:
        raw = _codec.decode_base64(row)
    except ValueError as error:
        raise NoVectorError(f"vector {place} cannot be decoded: {error}; it begins {row[:20]!r}") from None
    if not raw:
        raise NoVectorError(f"vector {place} is base64 of 0 bytes, not of 32-bit floats")
    return raw


def _list(row: Any, place: int) -> Array:
    import numpy as np

    if not isinstance(row, list) or not row or not all(type(number) in _NUMBERS for number in row):
        raise _no_vector(row, place)
    try:
        with np.errstate(over="ignore"):
            return np.asarray(row, dtype=np.float64).astype(np.float32)  # null becomes NaN
    except (ValueError, OverflowError) as error:
        raise BadResponseError(f"vector {place} cannot be decoded: {error}") from None


def _no_vector(row: Any, place: int) -> BadResponseError:
    """Return the error that says what came in place of a list of numbers."""
    if isinstance(row, list) and row and all(isinstance(one, list) for one in row):
        return BadResponseError(
            f"vector {place} is a list of {len(row)} lists, as if each token had a vector",
            hint="let the server pool: llama.cpp wants --pooling mean, or what its model's card names",
        )
    if isinstance(row, Mapping) and row:
        keys = ", ".join(f"`{key}`" for key in list(row)[:4])
        return BadResponseError(f"vector {place} is an object with {keys}, not a list of numbers")
    return BadResponseError(
        f"vector {place} is neither base64 nor a list of numbers", splittable=not row, names_cause=not row
    )


def _of_one_length(vectors: Sequence[Array], dim: int | None) -> Sequence[Array]:
    dims = sorted({len(vector) for vector in vectors})
    if len(dims) > 1:
        raise BadResponseError(f"the vectors of one reply have different dimensions: {dims}")
    if dim is not None and dims != [dim]:
        raise _other_dim(dims[0], dim)
    return vectors


def _other_dim(found: int, expected: int | None) -> BadResponseError:
    return BadResponseError(
        f"the vectors have {found} dimensions, and {expected} were expected",
        hint="if the server ignores options.dimensions, leave it out; or set it to what the server gives",
    )


def _require_numbers(array: Array) -> None:
    import numpy as np

    _require(np.asarray(np.isfinite(array).all(axis=1)), "holds a number that is not finite")
    _require(np.asarray(array.any(axis=1)), "is zero")


def _require(good: npt.NDArray[np.bool_], what: str) -> None:
    import numpy as np

    if not good.all():
        # The text may be to blame: halves find it.
        bad = int(np.flatnonzero(~good)[0])
        raise BadResponseError(f"vector {bad} {what}", splittable=True, names_cause=True)
