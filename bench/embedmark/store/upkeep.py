"""Upkeep of the vector cache: what it holds, what has to go, and how to delete it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedmark.store.entries import KEY_BYTES
from embedmark.store.vectors import BLOCK, NAME, VectorCache, cache_files, delete_files


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds.

    Attributes:
        spaces: by provider and model, how many vectors.
        oldest, used: Unix times of the oldest vector and of the last use; None of an empty cache.
    """

    path: Path
    n_bytes: int
    n_vectors: int
    spaces: Mapping[str, int]
    oldest: int | None
    used: int | None


def evict(cache: VectorCache, older_than: float | None = None) -> int:
    """Delete pages that were not used since `older_than` (Unix time), then the least used above the size limit.

    Returns:
        How many pages were deleted.
    """
    gone = 0
    with cache.transaction():
        while (row := cache.db.execute("SELECT id, keys, used FROM page ORDER BY used, id LIMIT 1").fetchone()) and (
            (older_than is not None and row[2] < older_than) or _live_bytes(cache) > cache.max_bytes
        ):
            cache.drop(row[0], row[1])
            gone += 1
        cache.db.execute("DELETE FROM space WHERE id NOT IN (SELECT DISTINCT space FROM page)")
    if gone:
        cache.db.executescript("PRAGMA incremental_vacuum")  # execute() would free one block
        cache.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return gone


def cache_info(cache: VectorCache) -> CacheInfo:
    """Return what the cache holds."""
    spaces: dict[str, int] = {}
    for facts, n in cache.db.execute(
        f"SELECT s.facts, SUM(LENGTH(p.keys) / {KEY_BYTES}) FROM page p LEFT JOIN space s ON s.id = p.space"  # noqa: S608
        " GROUP BY p.space"
    ):
        known = json.loads(facts) if facts else {}
        name = f"{known.get('plugin', '?')} {known.get('model', '?')}"
        spaces[name] = spaces.get(name, 0) + int(n)
    oldest, used = cache.db.execute("SELECT MIN(made), MAX(used) FROM page").fetchone()
    n_bytes = sum(path.stat().st_size for path in cache_files(cache.path) if path.exists())
    return CacheInfo(cache.path, n_bytes, sum(spaces.values()), dict(sorted(spaces.items())), oldest, used)


def delete_cache(folder: Path) -> int:
    """Delete the whole cache, and return how many bytes that freed. Raises OSError."""
    freed = sum(path.stat().st_size for path in cache_files(folder / NAME) if path.exists())
    delete_files(folder / NAME)
    return freed


def _live_bytes(cache: VectorCache) -> int:
    blocks: int = cache.db.execute("PRAGMA page_count").fetchone()[0]
    free: int = cache.db.execute("PRAGMA freelist_count").fetchone()[0]
    return (blocks - free) * BLOCK
