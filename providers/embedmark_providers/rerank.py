"""`rerank`: rerank services and servers as cross-encoders over HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embedmark.api import EmptyPolicy, Limits, PairPredictions, ProviderInfo, RefusedPolicy, Usage
from embedmark.errors import BadResponseError, ProviderError
from embedmark_providers import _codec, _disk
from embedmark_providers import _server_options as check
from embedmark_providers._http_client import check_proxies, make_client, translate_connection
from embedmark_providers._http_headers import rate_state
from embedmark_providers._http_json import codes_in, message_in, tokens_in
from embedmark_providers._http_status import ErrorAnswer, Service, judge
from embedmark_providers._openai_reply import error_inside, tells_error
from embedmark_providers._rerank_dialects import DIALECTS, rows_in, scores_in, searches_in

if TYPE_CHECKING:
    import httpx2

_QUOTED = 600


class RerankProvider:
    """A reranker over HTTP: Cohere, Voyage, Jina, TEI, vLLM or NVIDIA; pairs are grouped by their first text.

    Options:
        model: as the service calls it; TEI serves one model and ignores it.
        dialect: how the service words requests: cohere, voyage, jina, tei, vllm, nvidia.
        base_url: the server; default: the service's own, or localhost for tei, vllm and nvidia.
        api_key_env: the environment variable that holds the key; default: the service's own at its own address, and
            no key for any other server.
        api_key_header: the header that holds the key in place of Authorization.
        documents_per_search: second texts in one request with their first; default: 100, and 32 for TEI.
        extra_body: further fields of each request, such as truncate or raw_scores.
        headers: further headers; ${NAME} in a value stands for an environment variable.
        url_query: further parameters of the address.
        empty: what becomes of the empty string, which is never sent: error, skip or space.
        refused: what becomes of a pair that the server refuses alone: error (a failure, exit 1) or skip (a warning).
        requests_per_minute: what the account allows; default: as the server's headers say.
        tokens_per_minute: what the account allows; default: as the server's headers say.
        concurrency: requests that may be under way at once.
        deadline_s: seconds that a call may take with its retries; a single attempt, half of it.
    """

    def __init__(  # noqa: PLR0913 - each is an option of the suite
        self,
        model: str,
        *,
        dialect: str,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_header: str | None = None,
        documents_per_search: int | None = None,
        extra_body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        url_query: Mapping[str, str] | None = None,
        empty: EmptyPolicy = "error",
        refused: RefusedPolicy = "error",
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        concurrency: int = 8,
        deadline_s: float = 120.0,
    ) -> None:
        _disk.require("rerank", "httpx2")
        check.check_choice("dialect", dialect, tuple(DIALECTS))
        check.check_choice("empty", empty, ("error", "skip", "space"))
        check.check_choice("refused", refused, ("error", "skip"))
        check.check_numbers(
            requests_per_minute=requests_per_minute, tokens_per_minute=tokens_per_minute, deadline_s=deadline_s,
            concurrency=concurrency, documents_per_search=documents_per_search,
        )  # fmt: skip
        for name, value in (("extra_body", extra_body), ("headers", headers), ("url_query", url_query)):
            check.check_mapping(name, value or {})
        check.check_headers(headers or {})
        self._dialect = DIALECTS[dialect]
        url, _ = check.parse_base_url(base_url or self._dialect.base_url, "options.base_url", self._dialect.base_url)
        own = url == self._dialect.base_url
        self._service = Service(url, self._dialect.path, model, api_key_env or (self._dialect.key_env if own else None))
        self._key_header, self._headers = api_key_header, dict(headers or {})
        self._url_query, self._extra = dict(url_query or {}), dict(extra_body or {})
        self._read_s = deadline_s / 2
        self._client: httpx2.AsyncClient | None = None
        documents = documents_per_search or self._dialect.documents
        self.info = ProviderInfo(
            plugin="rerank",
            model=model,
            kind="cross-encoder",
            served_by=urlsplit(url).netloc,
            limits=Limits(
                inputs_per_request=documents,
                empty_text=False,
                concurrency=concurrency,
                requests_per_minute=requests_per_minute,
                tokens_per_minute=tokens_per_minute,
                deadline_s=deadline_s,
                empty=empty,
                refused=refused,
                pairs_per_search=documents,
            ),
            recipe={"dialect": dialect, "server": urlsplit(url).netloc, "extra_body": self._extra, "empty": empty},
        )

    def check(self) -> None:
        """Raise UsageError for a key or header variable that is not set, or a proxy that cannot be used."""
        check.read_key(self._service.key_env)
        check.expand_headers(self._headers)
        check_proxies()

    def load(self) -> None:
        """Make the client; nothing is sent. Raises UsageError as check()."""
        key = check.read_key(self._service.key_env)
        headers = check.expand_headers(self._headers)
        if key:
            headers[self._key_header or "Authorization"] = key if self._key_header else f"Bearer {key}"
        service = self._service
        self._service = Service(service.url, service.path, service.model, service.key_env, key)
        self._client = make_client(self._read_s, headers, own=False)

    async def apredict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        """Return scores float64 (n,), in the order of `pairs`: one request for each run of pairs with one first text.

        Raises:
            ProviderError: and its kinds.
        """
        import numpy as np

        values: list[float] = []
        used: list[Usage] = []
        for query, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
            scores, usage = await self._search(query, [document for _, document in group])
            values += scores
            used.append(usage)
        return PairPredictions(np.array(values, dtype=np.float64), _added(used))

    async def _search(self, query: str, documents: Sequence[str]) -> tuple[list[float], Usage]:
        if not query or not all(documents):
            raise ProviderError("an empty text is never sent", hint="options: {empty: skip}, or space in its place")
        body = {**self._dialect.body(self._service.model, query, documents), **self._extra}
        answer = await self._post(body)
        content = self._parse(answer)
        if isinstance(content, dict) and not rows_in(content, self._dialect) and tells_error(content):
            raise error_inside(content, self._service)
        try:
            scores = scores_in(content, self._dialect, len(documents))
        except BadResponseError as error:
            raise self._useless(error, content) from None
        tokens = tokens_in(content.get("usage") if isinstance(content, dict) else None)
        searches = searches_in(content, self._dialect)
        return scores, Usage(tokens=tokens, requests=1, rate=rate_state(answer.headers), searches=searches)

    def _useless(self, error: BadResponseError, content: Any) -> BadResponseError:
        """Return the error without the key, with what the reply says, and what to do."""
        says = isinstance(content, dict) and content.keys() & {"message", "detail", "msg"}
        message = error.message + (f"; it says: {message_in(content)[:200]}" if says else "")
        return BadResponseError(
            self._service.clean(message), splittable=error.splittable, names_cause=error.names_cause,
            where=self._service.url, hint=error.hint or "check options: {dialect: ...}, and the server's own log",
        )  # fmt: skip

    async def _post(self, body: Mapping[str, Any]) -> httpx2.Response:
        import httpx2

        if self._client is None:
            raise ProviderError(f"{self.info.model!r} is not loaded", hint="call load() first")
        try:
            sent = json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:  # a lone surrogate, which UTF-8 cannot hold: nothing was sent
            raise ProviderError(
                f"the request cannot be written: {error.reason}",
                where=self._service.url, splittable=True, names_cause=True, hint="remove such characters from the text",
            ) from None  # fmt: skip
        url, kind = self._service.url + self._service.path, {"content-type": "application/json"}
        try:
            return await self._client.post(url, content=sent, headers=kind, params=self._url_query or None)
        except httpx2.HTTPError as error:
            raise translate_connection(error, self._service) from None

    def _parse(self, answer: httpx2.Response) -> Any:
        service = self._service
        try:
            content = _codec.parse_json(answer.content)
        except (ValueError, RecursionError) as error:
            if answer.status_code != 200:
                raise judge(
                    ErrorAnswer(answer.status_code, message_in(answer.text[:_QUOTED]), headers=answer.headers), service
                ) from None
            raise BadResponseError(
                f"the reply is not JSON ({error}); it begins {service.clean(answer.text[:_QUOTED])[:60]!r}",
                where=service.url, hint=f"check {service.use_url(service.url)}",
            ) from None  # fmt: skip
        if answer.status_code != 200:
            raise judge(
                ErrorAnswer(answer.status_code, message_in(content), codes_in(content), answer.headers), service
            )
        return content

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def close(self) -> None:
        """Forget the client; aclose() closes its connections first."""
        self._client = None


def _added(used: Sequence[Usage]) -> Usage:
    """Return the usage of several requests; a count that one of them does not know is unknown."""
    tokens = [one.tokens for one in used if one.tokens is not None]
    searches = [one.searches for one in used if one.searches is not None]
    return Usage(
        tokens=sum(tokens) if len(tokens) == len(used) else None,
        requests=len(used),
        rate=used[-1].rate if used else None,
        searches=sum(searches) if used and len(searches) == len(used) else None,
    )
