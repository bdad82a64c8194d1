"""Whether a Ray cluster answers at an address: asked before it is joined, since Ray itself tries for minutes."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Final
from urllib.parse import urlsplit

from embedmark.errors import UsageError

_CONNECT_S: Final = 3.0
_ASK_S: Final = 20.0  # importing Ray in a new process takes seconds on a busy machine
_START: Final = "ray start --head prints the address of a cluster; --on ray starts one on this machine"
# Its stdout is the class of what Ray raised; Ray's own words go to stderr, and nobody reads these.
_ASK: Final = """
import sys
try:
    from ray._raylet import GcsClient
    GcsClient(address=sys.argv[1])
except ImportError:
    pass
except Exception as error:
    print(type(error).__name__)
"""


def require_answer(address: str, ask_s: float = _ASK_S) -> None:
    """Raise UsageError unless a Ray cluster answers at HOST:PORT, and takes this process's token.

    Args:
        ask_s: seconds that the cluster has to answer.
    """
    host, port = _parts(address)
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except OSError as error:
        raise UsageError(f"no Ray cluster answers at {address}: {error.strerror or error}", hint=_START) from None
    if "://" in address:  # a client's port, of another protocol
        return
    raised = _asked(address, ask_s)
    if raised == "AuthenticationError":
        raise UsageError(
            f"the Ray cluster at {address} requires its token, which this process did not send",
            hint="RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN with what `ray get-auth-token` prints on the head",
        )
    if raised:
        raise UsageError(f"the server at {address} is not a Ray cluster ({raised})", hint=_START)


def _parts(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise UsageError(f"{address!r} is not the address of a cluster", hint="--on ray:HOST:6379, or --on ray")
    return host, port


def _asked(address: str, ask_s: float) -> str:
    """Return the name of what Ray raises when it asks; "" if the cluster answers."""
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _ASK, address], capture_output=True, text=True, timeout=ask_s, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {ask_s:g} s"
    return asked.stdout.strip()
