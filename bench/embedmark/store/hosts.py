"""The host that a provider computes at, as a manifest names it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_public(served_by: str | None, *, own_name: str = "") -> bool:
    """Return True if a provider's host is a public name or address, and not the machine's own name."""
    host = (urlsplit(f"//{served_by}").hostname or "").lower() if served_by else ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        own = host == own_name.lower() or host.endswith((".localhost", ".local", ".internal", ".lan"))
        return "." in host and not own
