"""Return True if a class looks like a provider: its constructor's keywords, its methods and their signatures."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from embedmark.api import ProviderInfo
from embedmark.errors import RegistryError
from embedmark.plugins.info import fault_of

_METHODS = {
    "bi-encoder": ("encode", "aencode"),
    "cross-encoder": ("predict", "apredict"),
    "ranker": ("search", "asearch"),
}
_CALLS = {
    "encode": "texts", "aencode": "texts", "encode_queries": "texts", "aencode_queries": "texts",
    "predict": "pairs", "apredict": "pairs", "encode_images": "images", "search": "queries, k",
    "asearch": "queries, k", "index": "documents", "aindex": "documents",
}  # fmt: skip


def parameters(cls: type[Any]) -> dict[str, inspect.Parameter]:
    """Return the options that a provider's constructor takes, `model` included."""
    found = inspect.signature(cls).parameters
    return {name: p for name, p in found.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def source_file(cls: type[Any]) -> str | None:
    """Return the file that defines a class, where there is one."""
    try:
        return inspect.getsourcefile(cls)
    except (TypeError, OSError):
        return None


def place_of(found: Any) -> str | None:
    """`file:line` of a class or method, where there is one."""
    try:
        return f"{inspect.getsourcefile(found)}:{inspect.getsourcelines(found)[1]}"
    except (TypeError, OSError):
        return None


def check_keywords(label: str, cls: type[Any], keywords: Mapping[str, Any]) -> None:
    """Raise RegistryError for a keyword that the constructor does not have, or one that it needs and does not get."""
    signature = inspect.signature(cls)
    known = parameters(cls)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for name in keywords:
        if name not in known and not takes_any:
            close = difflib.get_close_matches(name, known, n=1)
            raise RegistryError(
                f"provider {label!r} has no option {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
                hint=f"its options: {', '.join(known)}" if known else "it takes no options",
            )
    missing = [name for name, p in known.items() if p.default is p.empty and name not in keywords]
    if missing:
        how = "`model: ...` in a suite, --model on the command line"
        if missing[0] != "model":
            how = f"`options: {{{missing[0]}: ...}}` in a suite, --option {missing[0]}=... on the command line"
        raise RegistryError(f"provider {label!r} needs {', '.join(missing)}", hint=how)


def check_shape(label: str, cls: type[Any], info: object) -> None:
    """Raise RegistryError for an `info` that is none, a wrong kind, a method that lacks or has another signature."""
    if not isinstance(info, ProviderInfo):
        raise RegistryError(
            f"provider {label!r}: `info` is a {type(info).__name__}, not an embedmark.api.ProviderInfo",
            where=place_of(cls),
            hint="make `info` an attribute or a property, not a method",
        )
    if info.kind not in _METHODS:
        raise RegistryError(
            f"provider {label!r}: {info.kind!r} is not a valid kind",
            where=place_of(cls),
            hint="bi-encoder, cross-encoder or ranker",
        )
    if fault := fault_of(info):
        raise RegistryError(
            f"provider {label!r}: {fault}", where=place_of(cls), hint="write it so in ProviderInfo(...)"
        )
    missing = [name for name in ("load", "close") if not callable(getattr(cls, name, None))]
    if missing:
        raise RegistryError(
            f"provider {label!r} has no {' and no '.join(f'{name}()' for name in missing)}",
            where=place_of(cls),
            hint="every provider has load() and close(); they may do nothing",
        )
    if "image" in info.modalities and not callable(getattr(cls, "encode_images", None)):
        raise RegistryError(
            f"provider {label!r} names the modality image and has no encode_images()",
            where=place_of(cls),
            hint="add encode_images(images), or leave image out of info.modalities",
        )
    method = _method_of(label, cls, info.kind)
    if info.kind == "ranker":
        _check_ranker(label, cls, method)
    else:
        _check_takes_one(label, cls, method)
    for name in ("encode_images", "count_tokens", "encode_queries", "aencode_queries"):
        _check_takes_one(label, cls, name)
    optional = [name for name in ("check", "sync", "observed") if callable(getattr(cls, name, None))]
    for name in ("load", "close", *optional):
        _check_signature(label, cls, name, f"{name}(self)")


def _method_of(label: str, cls: type[Any], kind: str) -> str:
    """Return the name of the one method that a provider of this kind has. Raises RegistryError."""
    wanted = _METHODS[kind]
    have = [name for names in _METHODS.values() for name in names if callable(getattr(cls, name, None))]
    if len(have) != 1 or have[0] not in wanted:
        raise RegistryError(
            f"provider {label!r} is a {kind} and must have exactly one of {wanted[0]}() and async {wanted[1]}(); "
            f"it has {', '.join(have) or 'none'}",
            where=place_of(cls),
            hint=f"write {wanted[0]}(self, {_CALLS[wanted[0]]}), or set another kind in `info`",
        )
    method = getattr(cls, have[0])
    if inspect.iscoroutinefunction(method) != have[0].startswith("a"):
        raise RegistryError(
            f"provider {label!r}: {have[0]}() must {'' if have[0][0] == 'a' else 'not '}be `async def`",
            where=place_of(method),
            hint="async def aencode / apredict / asearch, or def encode / predict / search",
        )
    return have[0]


def _check_ranker(label: str, cls: type[Any], search: str) -> None:
    """Raise RegistryError unless a ranker has index() beside search(), or aindex() beside asearch()."""
    index = search.replace("search", "index")
    if not callable(getattr(cls, index, None)):
        raise RegistryError(
            f"provider {label!r} is a ranker and has no {index}()",
            where=place_of(cls),
            hint=f"write {index}(self, documents), which {search}(self, queries, k) then searches",
        )
    _check_signature(label, cls, search, f"{search}(self, queries, k)", [], 1)
    _check_takes_one(label, cls, index)


def _check_takes_one(label: str, cls: type[Any], name: str) -> None:
    if callable(getattr(cls, name, None)):
        _check_signature(label, cls, name, f"{name}(self, {_CALLS.get(name, 'texts')})", [])


def _check_signature(label: str, cls: type[Any], name: str, wanted: str, *arguments: object) -> None:
    try:
        signature = inspect.signature(getattr(cls, name))
    except (TypeError, ValueError):
        return  # a method in C without a signature: the call will tell
    instance = () if isinstance(inspect.getattr_static(cls, name), staticmethod | classmethod) else (None,)
    try:
        signature.bind(*instance, *arguments)
    except TypeError:
        raise RegistryError(
            f"provider {label!r}: the harness calls {wanted}, and this one is {name}{signature}",
            where=place_of(getattr(cls, name)),
            hint=f"def {wanted}: nothing more without a default",
        ) from None
