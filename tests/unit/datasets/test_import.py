"""Importing the package is cheap: the command line does it before it knows what is asked."""

from __future__ import annotations

import subprocess
import sys


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys, embedmark.datasets; print({'numpy', 'pandas', 'platformdirs', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
