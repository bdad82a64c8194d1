"""A reply of an /embeddings endpoint, checked and decoded: base64 or float lists, rows placed by `index`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

# Bytes of a reply that is no JSON that are looked at for a key, of which 60 characters are shown.
_QUOTED = 600


class Decoded:
    """What a reply holds.

    Attributes:
        vectors: float32 (n, d), in the order of the request.
        tokens: `usage.prompt_tokens` or `usage.total_tokens`; None where the server says neither.
        encoding: `base64` or `float`.
        model: the model that the server says it is; "" where it does not.
    """

    __slots__ = ("encoding", "model", "tokens", "vectors")

    def __init__(self, body: bytes, n: int, dim: int | None, clean: Callable[[str], str]) -> None:
        """Decode the body of a reply to `n` texts. Raises BadResponseError.

        Args:
            body: of a reply with status 200.
            n: texts that were sent.
            dim: dimension that the vectors must have; None: any, the same for all.
            clean: takes keys out of what the server says, before it is cut.
        """
        content = _parse(body, clean)
        data = content.get("data")
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise BadResponseError("the reply has no list `data`" + _error_in(content, clean))
        rows = _placed(data, n)
        self.vectors, self.encoding = _decode(rows, dim)
        self.tokens = _tokens(content.get("usage"))
        self.model = str(content.get("model") or "")


def _parse(body: bytes, clean: Callable[[str], str]) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        start = clean(body[:_QUOTED].decode("utf-8", errors="replace"))[:60]
        raise BadResponseError(f"the reply is not JSON ({error}); it begins {start!r}") from None
    if not isinstance(content, dict):
        raise BadResponseError(f"the reply is a JSON {type(content).__name__}, not an object")
    return content


def _error_in(content: dict[str, Any], clean: Callable[[str], str]) -> str:
    # Some proxies answer 200 with an error inside.
    error = content.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    return f"; it says: {clean(str(message))[:200]}" if message else ""


def _placed(data: list[dict[str, Any]], n: int) -> list[Any]:
    rows: list[Any] = [None] * n
    seen = [row.get("index") for row in data]
    if sorted(i for i in seen if isinstance(i, int)) != list(range(n)) or len(seen) != n:
        raise BadResponseError(f"the reply holds {len(seen)} rows for {n} texts, with the indexes {_short(seen)}")
    for row in data:
        rows[row["index"]] = row.get("embedding")
    return rows


def _short(indexes: list[Any]) -> str:
    text = ", ".join(map(str, indexes[:8]))
    return f"{text}, ..." if len(indexes) > 8 else text or "none"


def _decode(rows: list[Any], dim: int | None) -> tuple[Vectors, str]:
    import numpy as np

    encodings = {"base64" if isinstance(row, str) else "float" for row in rows}
    vectors = [_vector(row, i) for i, row in enumerate(rows)]
    dims = sorted({len(vector) for vector in vectors})
    if len(dims) > 1:
        raise BadResponseError(f"the vectors of one reply have different dimensions: {dims}")
    if dim is not None and dims != [dim]:
        raise BadResponseError(f"the vectors have {dims[0]} dimensions, and {dim} were expected")
    array = np.stack(vectors).astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise BadResponseError(f"vector {bad} holds a number that is not finite")
    if not array.any(axis=1).all():
        raise BadResponseError(f"vector {int(np.flatnonzero(~array.any(axis=1))[0])} is zero")
    return array, "base64" if encodings == {"base64"} else "float"


def _vector(row: Any, place: int) -> npt.NDArray[np.float32]:
    import numpy as np

    try:
        if isinstance(row, str):
            raw = base64.b64decode(row, validate=True)
            if not raw or len(raw) % 4:
                raise BadResponseError(f"vector {place} is base64 of {len(raw)} bytes, not of 32-bit floats")
            return np.frombuffer(raw, dtype="<f4")
        if isinstance(row, list) and row:
            vector = np.asarray(row, dtype=np.float32)
            if vector.ndim == 1:
                return vector
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise BadResponseError(f"vector {place} cannot be decoded: {error}") from None
    raise BadResponseError(f"vector {place} is neither base64 nor a list of numbers")


def _tokens(usage: Any) -> int | None:
    if not isinstance(usage, dict):
        return None
    for key in ("prompt_tokens", "total_tokens"):
        count = usage.get(key)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
    return None
