"""Life cycle and manners: construct, load, close; no output, no waiting."""

from __future__ import annotations

import json
import os
from dataclasses import fields

from embedmark.api import Limits, ProviderInfo
from embedmark.language import translatable
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped

_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def info_before_load(subject: Subject) -> str:
    info = _info(subject)
    if isinstance(subject.source.use, str) and ".py" not in subject.source.use and info.plugin != subject.source.use:
        raise CheckFailed(f"info.plugin is {info.plugin!r}; it is the entry point's name, {subject.source.use!r}")
    limits = {field.name: getattr(info.limits, field.name) for field in fields(Limits)}
    for name, value in limits.items():
        wrong = not isinstance(value, int | float) or value <= 0
        if name not in ("empty_text", "empty", "refused") and value is not None and wrong:
            raise CheckFailed(f"info.limits.{name} is {value!r}: a number above 0, or None")
    if "text" not in info.modalities:
        raise CheckFailed(f"info.modalities is {info.modalities!r}: every provider takes text")
    if ("image" in info.modalities) != hasattr(subject.provider, "encode_images"):
        raise CheckFailed("'image' in info.modalities and a method encode_images() go together")
    try:
        recipe = json.dumps(dict(info.recipe))
    except TypeError as error:
        raise CheckFailed(f"info.recipe goes into a manifest, as JSON: {error}") from None
    secrets = [name for name, value in os.environ.items() if name.endswith(_SECRET) and len(value) > 7]
    leaked = [name for name in secrets if os.environ[name] in recipe]
    if leaked:
        raise CheckFailed(f"info.recipe holds the value of {leaked[0]}: it goes into the manifest for all to read")
    return f"{info.kind}, model {info.model}"


def close_before_load(subject: Subject) -> str:
    subject.close()
    return ""


def load(subject: Subject) -> str:
    subject.load()
    return ""


def info_after_load(subject: Subject) -> str:
    before, info = subject.info_before, _info(subject)
    for name in ("plugin", "model", "kind"):
        if getattr(before, name) != getattr(info, name):
            raise CheckFailed(f"info.{name} was {getattr(before, name)!r} and is {getattr(info, name)!r} after load()")
    if info.kind != "bi-encoder":
        if info.dim is not None:
            raise CheckFailed(f"info.dim is {info.dim}; a {info.kind} has no vectors, so None")
        return ""
    if info.dim is not None and (isinstance(info.dim, bool) or not isinstance(info.dim, int) or info.dim < 1):
        raise CheckFailed(f"info.dim is {info.dim!r}, not a count")
    return translatable(f"{info.dim} dimensions") if info.dim else "info.dim is None: not known before the first reply"


def prints_nothing(subject: Subject) -> str:
    if subject.watch.printed:
        what, text = subject.watch.printed[0]
        first = text.splitlines()[0][:100]
        raise CheckFailed(f"{what} wrote to the terminal: {first!r}; the harness shows progress, a provider does not")
    return ""


def does_not_wait(subject: Subject) -> str:
    if subject.watch.waits:
        raise CheckFailed(f"it sleeps at {', '.join(subject.watch.waits)}; the harness paces and retries")
    return ""


def close_twice(subject: Subject) -> str:
    subject.close()
    subject.close()
    return ""


def calls_at_once(subject: Subject) -> str:
    """Make as many calls at once as `limits.concurrency` claims, up to eight; compare with the calls in sequence."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    claimed = subject.provider.info.limits.concurrency
    if claimed < 2:
        raise CheckSkipped("limits.concurrency is 1: the provider claims no concurrency")
    n = min(claimed, 8, len(subject.probe))
    function = getattr(subject.provider, subject.method)
    items = [[item] for item in subject.probe[:n]]
    if subject.method.startswith("a"):

        async def together() -> list[object]:
            return list(await asyncio.gather(*(function(item) for item in items)))

        with subject.watch.over("calls at once"):
            replies = subject.wait(together)
    else:
        with ThreadPoolExecutor(n) as pool, subject.watch.over("calls at once"):
            replies = list(pool.map(function, items))
    said = f"{n} calls at once and one by one give different replies"
    subject.same(subject.stack(replies), subject.singles[:n], said)
    return f"{n} calls"


def _info(subject: Subject) -> ProviderInfo:
    info = subject.provider.info
    if not isinstance(info, ProviderInfo):
        raise CheckFailed(f"info is a {type(info).__name__}, not an embedmark.api.ProviderInfo")
    return info


OPENING = Group(
    "life cycle",
    (
        Check("info before load", info_before_load),
        Check("close before load", close_before_load),
        Check("load", load, needs=("close before load",)),
        Check("info after load", info_after_load, needs=("load", "info before load")),
    ),
)
CONCURRENCY = Group("concurrency", (Check("calls at once", calls_at_once, needs=("batch of 1 and of n",)),))
CLOSING = Group(
    "manners",
    (
        Check("close twice", close_twice, needs=("load",)),
        Check("prints nothing", prints_nothing, needs=("load",)),
        Check("does not sleep", does_not_wait, needs=("load",)),
    ),
)
