"""Hashes of files and folders of weights: a part of what a vector follows from."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from embedmark.files import cache_dir, sha256_of, write_atomically

# Above this, hashing takes a second and more at each run; a memo of the file's own facts may answer.
MEMO_BYTES = 1 << 30


def hash_path(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files of a folder with their names. Raises OSError."""
    if path.is_file():
        return _hash_file(path)
    total = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts):
        total.update(f"{file.relative_to(path).as_posix()}\0{_hash_file(file)}\0".encode())
    return total.hexdigest()


def _hash_file(path: Path) -> str:
    facts = path.stat()
    if facts.st_size < MEMO_BYTES or sys.platform == "win32":  # Windows keeps an mtime through a copy, and no inode
        return sha256_of(path)
    memo_path = cache_dir() / "weights.json"
    memo = _memo(memo_path)
    name = os.fspath(path.resolve())
    seen = [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_dev]
    known = memo.get(name)
    if isinstance(known, list) and known[:-1] == seen:
        return str(known[-1])
    digest = sha256_of(path)
    memo[name] = [*seen, digest]
    try:
        memo_path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(memo_path, json.dumps(memo).encode())
    except OSError:
        pass  # it is hashed again the next time
    return digest


def _memo(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
