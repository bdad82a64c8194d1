"""Data files of the model hub: `hub:ORGANIZATION/DATASET/FILE`, kept in the hub's own cache."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from embedmark.errors import DatasetError
from embedmark.files import install_command

HUB = "hub:"
_EXAMPLE = "`path: hub:mteb/biosses-sts/test.jsonl.gz`"


def with_hub_files(
    entry: Mapping[str, Any], *, offline: bool = False, say: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Return an entry whose files of the hub are files here, fetched where they are not in the hub's cache.

    Args:
        entry: of a suite; its `path` and `scores` count.
        offline: True fetches nothing.
        say: told what is being fetched.

    Raises:
        DatasetError: no such file; the hub does not answer; huggingface-hub is not installed.
    """
    found = dict(entry)
    for key in ("path", "scores"):
        value = entry.get(key)
        if isinstance(value, str) and value.startswith(HUB):
            found[key] = _fetch(value, offline, say)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            found[key] = [_fetch(each, offline, say) if each.startswith(HUB) else each for each in value]
    return found


def _fetch(address: str, offline: bool, say: Callable[[str], None] | None) -> str:
    owner, _, rest = address.removeprefix(HUB).partition("/")
    name, _, file = rest.partition("/")
    if not (owner and name and file):
        raise DatasetError(
            f"{address!r} does not name a file on the hub", hint=f"hub:ORGANIZATION/DATASET/FILE, {_EXAMPLE}"
        )
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError:
        hint = install_command("hub")
        raise DatasetError("files of the hub need huggingface-hub, not installed here", hint=hint) from None
    if say is not None and not offline:
        say(f"asking the hub for {owner}/{name}: {file}")
    try:
        return str(
            hub.hf_hub_download(
                repo_id=f"{owner}/{name}",
                filename=file,
                repo_type="dataset",
                local_files_only=offline,
                endpoint=os.environ.get("HF_ENDPOINT") or None,
            )
        )
    except Exception as error:  # noqa: BLE001 - the hub's own kinds, and those of its HTTP library
        raise _refused(address, error, offline) from None


def _refused(address: str, error: Exception, offline: bool) -> DatasetError:
    kind = type(error).__name__
    if kind == "LocalEntryNotFoundError" and offline:
        return DatasetError(f"{address!r} is not in the hub's cache", hint="run once without --offline")
    if kind in ("EntryNotFoundError", "RemoteEntryNotFoundError", "RepositoryNotFoundError", "GatedRepoError"):
        what = {"GatedRepoError": "is gated: request access, and set HF_TOKEN"}.get(kind, "is not there")
        return DatasetError(f"{address!r} {what}", hint=f"look at the dataset's files on the hub; {_EXAMPLE}")
    return DatasetError(
        f"the hub does not answer for {address!r} ({kind})", hint="download the file, and give its path instead"
    )
