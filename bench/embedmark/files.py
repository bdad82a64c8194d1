"""Where files are kept that embedmark fetches or makes; reading and writing files that somebody else may have made."""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePath

PACKED = (".gz", ".bz2", ".zip", ".xz")  # endings of compressions, which leave the ending of what is packed
_MOST_JOINED = 3  # files whose names make a label
# C0 and C1 controls but tab and newline, the overrides and isolates of bidirectional text, and lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROLS = bytes(code for code in range(128) if _UNPRINTABLE.match(chr(code)))
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # first: it begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CACHE = "cache:"  # what a model of the cache is called in a suite: cache:NAME


def cache_dir() -> Path:
    """Return the base folder for all that embedmark fetches; it need not exist.

    The environment variable EMBEDMARK_CACHE, if set and not empty, else the operating system's cache folder
    for the user, such as ~/.cache/embedmark; for a user without a home, a folder among the temporary files.
    """
    override = os.environ.get("EMBEDMARK_CACHE")
    if override:
        return Path(override).expanduser()
    import platformdirs

    found = Path(platformdirs.user_cache_dir("embedmark", appauthor=False))
    return found if found.is_absolute() else homeless_dir()


@cache
def homeless_dir() -> Path:
    """Return a folder for a user without a home (no HOME, no passwd entry, as in many containers)."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"embedmark-{uid}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="embedmark-"))
    # Everybody may make folders there: only one of our own is trusted.
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == uid
    return folder if mine else Path(tempfile.mkdtemp(prefix="embedmark-"))


def models_dir() -> Path:
    """Return the folder of the models that suites name as `cache:NAME`; it need not exist."""
    return cache_dir() / "models"


def vectors_dir() -> Path:
    """Return the folder of the vector cache; it need not exist. EMBEDMARK_VECTORS names another one."""
    override = os.environ.get("EMBEDMARK_VECTORS")
    return Path(override).expanduser() if override else cache_dir() / "vectors"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a neighbour and a rename. Raises OSError, leaving `path` as it was.

    A link at `path`, or at the neighbour, is replaced and never followed.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(partial, flags, 0o666), "wb") as file:
            file.write(data)
        partial.replace(path)
    except OSError:
        if not partial.is_dir():
            partial.unlink(missing_ok=True)
        raise


def read_plain(path: Path, most: int) -> bytes:
    """Return the bytes of a plain file. Raises OSError for a link, a pipe, a device, and more than `most` bytes.

    A folder that somebody else made may hold any of these; nothing here waits for a writer.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    check_plain(path)
    with os.fdopen(os.open(path, flags | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file")
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"it has {found.st_size:,} bytes, and at most {most:,} are read")
        return file.read(most)


def check_plain(path: Path) -> None:
    """Raise OSError unless `path` is a plain file: no link, folder, pipe or device."""
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise OSError(errno.EINVAL, f"it is {kind}, and not a plain file")


def printable(text: str) -> str:
    """Return a text without what could steer a terminal or turn the order of its letters; tabs and new lines stay.

    Servers, models and run folders of others word their texts as they like: every text of theirs passes through here
    before it is shown or written.

    >>> printable("red: \\x1b[31mA\\u202eB")
    'red: [31mAB'
    """
    return _UNPRINTABLE.sub("", text)


def is_printable(data: bytes) -> bool:
    """Return True if `printable` leaves a text in UTF-8 as it is; it looks at all of it at once."""
    if data.isascii():
        return len(data.translate(None, _CONTROLS)) == len(data)
    return _UNPRINTABLE.search(data.decode("utf-8", errors="replace")) is None


def marked_encoding(data: bytes) -> str | None:
    """Return utf-16 or utf-32 if a text begins with that byte order mark, else None. No text in UTF-8 begins with one.

    >>> marked_encoding("a".encode("utf-16")), marked_encoding(b"a")
    ('utf-16', None)
    """
    return next((name for mark, name in _WIDE_MARKS if data.startswith(mark)), None)


def label_of(path: str | Sequence[str]) -> str:
    """Return the label of data without a name: the stem of its file, without the ending of a compression.

    >>> label_of("data/pairs.tsv.gz"), label_of(["a.tsv", "b.tsv"])
    ('pairs', 'a+b')
    """
    if not isinstance(path, str):
        labels = list(dict.fromkeys(label_of(each) for each in path))
        return "+".join(labels) if len(labels) <= _MOST_JOINED else f"{labels[0]}+{len(labels) - 1}"
    name = PurePath(path).name
    packed = next((ending for ending in PACKED if name.lower().endswith(ending)), "")
    inner = name[: len(name) - len(packed)]
    return PurePath(inner if PurePath(inner).suffix else name).stem


def install_command(extra: str) -> str:
    """Return the command that installs an extra where embedmark was installed from: a folder, a file, or an index."""
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    try:
        origin = json.loads(distribution("embedmark").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    url = str(origin.get("url") or "")
    folder = origin.get("dir_info")
    if url.startswith("file:") and folder is not None:
        wanted = shlex.quote(f"{unquote(urlsplit(url).path)}[{extra}]")
        return f"pip install -e {wanted}" if folder.get("editable") else f"pip install {wanted}"
    if url:
        return f"pip install {shlex.quote(f'embedmark[{extra}] @ {url}')}"
    return f'pip install "embedmark[{extra}]"'


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
