"""What the misbehaving server says: true replies, and replies that are wrong in one way each."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from embedmark.testing.server.faults import Fault

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Row = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """An HTTP answer: status, headers besides content-type and content-length, body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def error(
        cls, status: int, message: str, *, type_: str = "invalid_request_error", code: str | None = None
    ) -> Answer:
        """Return an error in OpenAI's form."""
        error = {"message": message, "type": type_, "param": None, "code": code}
        return cls(status, json.dumps({"error": error}).encode())


def tokens_of(text: str) -> int:
    """Tokens that the server charges for a text: one for every four UTF-8 bytes begun."""
    return -(-len(text.encode("utf-8", errors="surrogatepass")) // 4)


def vector_of(text: str, dim: int) -> npt.NDArray[np.float32]:
    """Return the server's vector of a text: float32 (dim,), length 1, from the text's SHA-256 and nothing else."""
    import numpy as np

    seed = hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).digest()
    raw = hashlib.shake_128(seed).digest(2 * dim)
    vector = np.frombuffer(raw, dtype="<u2").astype(np.float32) - np.float32(32767.5)
    return vector / np.linalg.norm(vector)


def answer(texts: Sequence[str], fault: Fault | None, content: dict[str, Any], dim: int) -> Answer:
    """Return the reply to a request, wrong as `fault` says; a fault on the wire spoils a right one."""
    name = fault.name if fault else ""
    if fault is not None and fault.status:
        return Answer(fault.status, json.dumps({"error": dict(fault.error)}).encode(), dict(fault.headers))
    if name == "not JSON":
        return Answer(200, b"<html><body>Bad gateway</body></html>")
    dim = content.get("dimensions") or dim
    as_text = content.get("encoding_format") == "base64" and name != "float lists"
    rows = [_row(i, vector_of(text, dim), as_text) for i, text in enumerate(texts)]
    if name in _SPOIL:
        rows = _SPOIL[name](rows)
    tokens = sum(map(tokens_of, texts))
    reply: dict[str, Any] = {"object": "list", "data": rows, "model": content["model"]}
    if name == "no data":
        del reply["data"]
    if name != "no usage":
        reply["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    body = json.dumps(reply).encode()
    return Answer(200, body[: len(body) // 2] if name == "truncated JSON" else body)


def _row(index: int, vector: npt.NDArray[np.float32], as_text: bool) -> Row:
    value = base64.b64encode(vector.astype("<f4").tobytes()).decode() if as_text else vector.tolist()
    return {"object": "embedding", "index": index, "embedding": value}


def _floats(row: Row) -> list[float]:
    import numpy as np

    value = row["embedding"]
    floats: list[float] = np.frombuffer(base64.b64decode(value), "<f4").tolist() if isinstance(value, str) else value
    return floats


def _with(rows: list[Row], place: int, value: Any) -> list[Row]:
    return [*rows[:place], rows[place] | {"embedding": value}, *rows[place + 1 :]]


def _longer(rows: list[Row], count: int) -> list[Row]:
    return [row | {"embedding": [*_floats(row), 0.5]} if i < count else row for i, row in enumerate(rows)]


_SPOIL: Final[dict[str, Callable[[list[Row]], list[Row]]]] = {
    "NaN": lambda rows: _with(rows, -1 % len(rows), [*_floats(rows[-1])[:-1], float("nan")]),
    "zero vector": lambda rows: _with(rows, 0, [0.0] * len(_floats(rows[0]))),
    "missing row": lambda rows: rows[:-1],
    "duplicated index": lambda rows: [row | {"index": 0} for row in rows] if len(rows) > 1 else rows * 2,
    "wrong dimension": lambda rows: _longer(rows, len(rows)),
    "mixed dimensions": lambda rows: _longer(rows, 1),
    "short base64": lambda rows: _with(rows, 0, base64.b64encode(b"sixbyt").decode()),
    "broken base64": lambda rows: _with(rows, 0, "*** this is no base64 ***"),
    "reordered rows": lambda rows: rows[::-1],
}
