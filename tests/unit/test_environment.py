"""What is recorded of the machine and the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import sys
from pathlib import Path
from embedmark.environment import git_state
print(git_state(Path(sys.argv[1])))
"""


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_the_state_of_a_checkout_with_korean_names_whatever_the_locale_is(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("config", "core.quotepath", "false")  # names are then written as they are, in UTF-8
    git("commit", "-q", "--allow-empty", "-m", "first")
    (tmp_path / "쌍.tsv").touch()
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-X", "utf8=0", "-c", ASK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "'dirty': True" in done.stdout
