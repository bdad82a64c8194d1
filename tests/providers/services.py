"""Loopback servers that take what each service of a preset documents and refuse what it does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from werkzeug import Request, Response

from embedmark.testing.server.replies import vector_of

Embed = Callable[[str, int], npt.NDArray[np.float32]]
MODELS = {"gemini": "gemini-embedding-001", "jina": "jina-embeddings-v3", "mistral": "mistral-embed",
          "upstage": "solar-embedding-2"}  # fmt: skip
KEY = "key-of-the-service-0123"


class Documented:
    """A server of one preset's service. Keeps the bodies that it was sent."""

    def __init__(self, name: str, dim: int, embed: Embed = vector_of) -> None:
        self.name, self.dim, self.embed = name, dim, embed
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        body = json.loads(request.data)
        self.bodies.append(body)
        status, content = self.answer(request, body)
        return Response(json.dumps(content), status, content_type="application/json")

    def answer(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
        if self.name not in ("ollama", "vllm", "tei"):
            sent = request.headers.get("api-key") if self.name == "azure" else request.headers.get("authorization")
            if sent != (KEY if self.name == "azure" else f"Bearer {KEY}"):
                return 401, {"error": {"message": "no key"}}
        if self.name == "nvidia" and body.get("input_type") not in ("query", "passage"):
            return 400, {"object": "error", "message": "'input_type' parameter is required for asymmetric models"}
        if self.name == "upstage" and not body["model"].endswith(("-query", "-passage")):
            return 404, {"error": {"message": "no such model"}}
        if self.name == "jina" and "encoding_format" in body:
            return 422, {"detail": [{"loc": ["body", "encoding_format"], "msg": "Extra inputs are not permitted"}]}
        most = {"voyage": 1000, "cohere": 96, "tei": 32}.get(self.name)
        if most and len(body["input"]) > most:
            return 422, {"error": f"batch size {len(body['input'])} > maximum allowed batch size {most}"}
        return 200, self.content(body)

    def content(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {"object": "embedding", "index": i, "embedding": self.embed(text, self.dim).tolist()}
            for i, text in enumerate(body["input"])
        ]
        content = {"object": "list", "data": rows, "model": body["model"]}
        if self.name == "gemini":
            del rows[0]["index"]
            return content
        return content | {"usage": {"prompt_tokens": 5, "total_tokens": 5}}


class Plain:
    """A server that sends vectors as they are asked for: base64 of `dtype`, or lists of numbers."""

    def __init__(self, dim: int, embed: Embed = vector_of, dtype: str = "<f4") -> None:
        self.dim, self.embed, self.dtype = dim, embed, dtype

    def __call__(self, request: Request) -> Response:
        body = json.loads(request.data)
        rows = []
        for i, text in enumerate(body["input"]):
            vector = self.embed(text, self.dim)
            coded = base64.b64encode(vector.astype(self.dtype).tobytes()).decode()
            wanted = body.get("encoding_format") == "base64"
            rows.append({"index": i, "embedding": coded if wanted else vector.tolist()})
        content = {"data": rows, "usage": {"prompt_tokens": 5, "total_tokens": 5}}
        return Response(json.dumps(content), content_type="application/json")
