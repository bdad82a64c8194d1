"""The cluster that a plan is measured on, as `--on` names it."""

from __future__ import annotations

from embedmark.errors import UsageError


def parse_on(text: str) -> str:
    """Return the address in `ray` or `ray:ADDRESS`; "" for a cluster on this machine. Raises UsageError.

    >>> parse_on("ray:10.0.0.1:6379")
    '10.0.0.1:6379'
    """
    engine, colon, address = text.strip().partition(":")
    if engine != "ray" or (colon and not address):
        raise UsageError(f"{text!r} is not a cluster", hint="--on ray, or --on ray:HOST:6379")
    return address
