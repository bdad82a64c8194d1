"""The HTTP client of providers that ask a server: no redirects, no headers but ours, and errors for people."""

from __future__ import annotations

import codecs
import importlib.util
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embedmark.errors import NotAvailableError, ProviderError, ProviderTimeoutError, UsageError
from embedmark_providers._http_status import Service

if TYPE_CHECKING:
    import httpx2

CONNECT_S = 10.0
UNPACKED = "options: {headers: {Accept-Encoding: identity}} asks for replies that are not packed"
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_TLS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
# What a request to a server that is not OpenAI may hold besides the headers of its suite: the client adds the account's
# organization and project, and whatever OPENAI_CUSTOM_HEADERS names, for any host.
_OWN_HEADERS = {
    "host",
    "accept",
    "accept-encoding",
    "connection",
    "content-type",
    "content-length",
    "transfer-encoding",
}


def check_proxies() -> None:
    """Raise UsageError for a proxy in the environment that the client cannot use."""
    for name in _named(*_PROXIES):
        value = os.environ.get(name, "").strip()
        scheme = value.partition("://")[0].lower() if "://" in value else ""
        if scheme in ("", "http", "https"):
            continue
        if scheme not in ("socks5", "socks5h"):
            raise UsageError(
                f"{name} names a {scheme} proxy, which the client cannot use",
                where=name, hint=f"export {name}=socks5://...; or unset {name}",
            )  # fmt: skip
        if importlib.util.find_spec("socksio") is None:
            raise UsageError(
                f"a SOCKS proxy is set in {name}, and the client lacks what it needs for it",
                where=name, hint=f'pip install "httpx2[socks]"; or unset {name}',
            )  # fmt: skip


def _named(*variables: str) -> list[str]:
    return [spelled for upper in variables for spelled in (upper, upper.lower())]


def make_client(read_s: float, headers: Mapping[str, str], *, own: bool) -> httpx2.AsyncClient:
    """Return a client that follows no redirect. Raises UsageError for a proxy or certificate that cannot be used.

    Args:
        read_s: seconds that a read may take: a slow drip passes, and the harness has a deadline for the whole call.
        headers: sent with each request, authorization included.
        own: True for OpenAI itself, which gets its own client's headers as well.
    """
    import httpx2

    check_proxies()

    async def keep_ours(request: httpx2.Request) -> None:
        if not own:
            kept = [(key, value) for key, value in request.headers.items() if key.lower() in _OWN_HEADERS]
            request.headers = httpx2.Headers([*kept, ("user-agent", "embedmark")])
        request.headers.update(headers)

    timeout = httpx2.Timeout(read_s, connect=min(CONNECT_S, read_s))
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
    try:
        return httpx2.AsyncClient(
            timeout=timeout, limits=limits, follow_redirects=False,
            event_hooks={"request": [keep_ours], "response": [_refuse_second_reply, _mistrust_charset]},
        )  # fmt: skip
    except (ImportError, ValueError, OSError) as error:
        names = [name for name in _named(*_PROXIES, *_TLS) if os.environ.get(name)]
        said = str(error)
        names.sort(key=lambda name: os.environ[name] not in said)
        raise UsageError(
            f"the HTTP client cannot be made: {type(error).__name__}: {said}",
            where=", ".join(names) or None, hint=f"unset {names[0]}" if names else None,
        ) from None  # fmt: skip


async def _refuse_second_reply(response: httpx2.Response) -> None:
    """Raise RemoteProtocolError for a reply that was there before its request was sent.

    A server that answers one request twice leaves the second reply in the connection's buffer, and the client takes it
    for the answer to the next request: vectors of other texts.
    """
    import httpx2

    stream = response.extensions.get("network_stream")
    if stream is None:
        return
    if getattr(stream, "has_read", None) is None:
        _watch(stream)
    elif not stream.has_read:
        raise httpx2.RemoteProtocolError("the server sent a second reply to one request", request=response.request)


async def _mistrust_charset(response: httpx2.Response) -> None:
    """Read a body as UTF-8 where its charset decodes no text (idna, undefined, zlib): the client would raise."""
    name = response.charset_encoding
    try:
        if name:
            codecs.getincrementaldecoder(name)(errors="replace").decode(bytes(range(256)), final=True).encode()
    except Exception:  # noqa: BLE001 - codecs raise whatever they like, AssertionError included
        response.encoding = "utf-8"


def _watch(stream: Any) -> None:
    """Let a connection's stream say in `has_read` whether bytes came in since the last were sent."""
    read, write = stream.read, stream.write

    async def watched_read(*args: Any, **keywords: Any) -> bytes:
        stream.has_read = True
        received: bytes = await read(*args, **keywords)
        return received

    async def watched_write(*args: Any, **keywords: Any) -> None:
        stream.has_read = False
        await write(*args, **keywords)

    stream.read, stream.write, stream.has_read = watched_read, watched_write, True


def translate_connection(error: Exception, service: Service) -> ProviderError:  # noqa: PLR0911 - one a kind
    """Return the error for a request that got no complete answer."""
    import httpx2

    causes = list(_chain(error))
    if any(isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout) for cause in causes):
        return _unreachable(service, "it accepts no connections", retryable=True)
    if any(isinstance(cause, httpx2.TimeoutException) for cause in causes):
        return ProviderTimeoutError(
            "the server stopped sending",
            where=service.url,
            hint="check the server, or allow more: options: {deadline_s: ...}",
        )
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CERTIFICATE_VERIFY" in str(causes):
        return NotAvailableError(
            f"the server's TLS certificate is not trusted: {service.clean(str(causes[-1]))}",
            where=service.url,
            retryable=False,
            hint="export SSL_CERT_FILE=/path/to/the-authority.pem",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _no_tls(service, service.clean(str(causes[-1])))
    if any(isinstance(cause, socket.gaierror) for cause in causes) or "Name or service" in str(causes):
        return _unreachable(service, "its name is unknown", retryable=False)
    if any(isinstance(cause, httpx2.ConnectError | httpx2.ProxyError) for cause in causes):
        return _unreachable(service, service.clean(str(causes[-1])) or "no connection", retryable=True)
    cause = causes[-1]
    if any(isinstance(one, httpx2.DecodingError) for one in causes):
        return NotAvailableError(
            f"the reply cannot be unpacked: {service.clean(str(cause))}", where=service.url,
            retryable=True, may_be_billed=True, hint=UNPACKED,
        )  # fmt: skip
    return NotAvailableError(
        f"the connection broke after the request was sent ({type(cause).__name__}: {service.clean(str(cause))})",
        where=service.url,
        retryable=True,
        may_be_billed=True,
        hint="look at the server's log",
    )


def _no_tls(service: Service, why: str) -> ProviderError:
    hint = "check the server's certificate, and base_url"
    if "WRONG_VERSION_NUMBER" in why or "HTTP_REQUEST" in why:
        hint = f"{service.use_url(service.url.replace('https:', 'http:', 1))}, if the server has no TLS"
    return NotAvailableError(
        f"the server cannot be reached: TLS failed: {why}", where=service.url, retryable=False, hint=hint
    )


def _unreachable(service: Service, why: str, *, retryable: bool) -> ProviderError:
    what = "base_url" if "base_url" in service.url_key else service.url_key.partition("=")[0].removeprefix("export ")
    proxies = [name for name in _named(*_PROXIES) if os.environ.get(name)]
    if proxies:
        what += f", {' and '.join(proxies)} (or export NO_PROXY={urlsplit(service.url).hostname})"
    return NotAvailableError(
        f"the server cannot be reached: {why}",
        where=service.url,
        retryable=retryable,
        hint=f"check {what} and the network",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
