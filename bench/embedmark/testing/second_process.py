"""The same items once more in another process: nothing that a provider drew, hashed or remembered here is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embedmark.testing.source import Source
from embedmark.testing.verdicts import CheckFailed

_TIMEOUT_S = 600


def elsewhere(source: Source, items: Sequence[Any]) -> npt.NDArray[Any]:
    """Load the provider in a second process and call it once; vectors (n, d) or values (n,).

    Raises:
        CheckFailed: it fails there.
        CheckSkipped: it cannot be constructed there.
    """
    told = source.as_json()
    with tempfile.TemporaryDirectory(prefix="embedmark-") as scratch:
        out = Path(scratch) / "reply.npy"
        # By stdin and not as arguments, which every user of the machine can read.
        work = json.dumps({"source": told, "items": list(items), "out": str(out)})
        try:
            done = subprocess.run(
                [sys.executable, "-m", "embedmark.testing.second_process"],
                input=work,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT_S,
                env=_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckFailed(f"the second process gave no answer within {_TIMEOUT_S} s") from None
        if done.returncode != 0 or not out.is_file():
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise CheckFailed(f"in a second process: {lines[-1] if lines else f'exit status {done.returncode}'}")
        reply: npt.NDArray[Any] = np.load(out, allow_pickle=False)
        return reply


def _environment() -> dict[str, str]:
    # Another seed for str.__hash__, so that a vector made with hash() is another one there.
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def _main() -> None:
    from embedmark.testing.source import from_json
    from embedmark.testing.subject import Subject

    work = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    subject = Subject(from_json(work["source"]))
    subject.load()
    items = [tuple(item) if isinstance(item, list) else item for item in work["items"]]
    np.save(work["out"], subject.rows(items))
    subject.close()


if __name__ == "__main__":
    _main()
