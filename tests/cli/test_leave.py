"""The command ends at once when its work is done, and forgets nothing that asked to run at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_END = """
import atexit, sys, threading, time
from pathlib import Path
from embedmark.cli.main import leave
atexit.register(Path({note!r}).write_text, "cleaned up")
threading.Thread(target=time.sleep, args=(600,)).start()  # a call that hangs in a thread
print("the report")
leave({code})
"""


@pytest.mark.parametrize("code", [0, 3])
def test_a_command_leaves_beside_a_thread_that_hangs(tmp_path: Path, code: int) -> None:
    script = _END.format(note=str(tmp_path / "note"), code=code)

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == code
    assert done.stdout == "the report\n"
    assert (tmp_path / "note").read_text() == "cleaned up"
