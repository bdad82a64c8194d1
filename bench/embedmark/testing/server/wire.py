"""Answers on the wire: written as they should be, or cut, reset, dripped and withheld."""

from __future__ import annotations

import asyncio
import http
import socket
import struct

from embedmark.testing.server.faults import Fault
from embedmark.testing.server.replies import Answer

_DRIP_S = 0.05


async def send(writer: asyncio.StreamWriter, reply: Answer, fault: Fault | None) -> bool:
    """Write an answer, spoiled as `fault` says. False where the connection is then of no more use."""
    name = fault.name if fault else ""
    whole = _bytes(reply)
    if name == "reset before the reply":
        _reset(writer)
    elif name == "closed before the reply":
        pass
    elif name in ("reset in the body", "closed in the body"):
        await _write(writer, whole[: len(whole) - len(reply.body) // 2])
        # The client has read what there is before the connection breaks.
        await asyncio.sleep(0.02)
        if name.startswith("reset"):
            _reset(writer)
    elif name == "stall":
        await asyncio.Event().wait()
    elif name == "drip":
        await _drip(writer, whole)
    elif name == "not HTTP":
        await _write(writer, b"\x00\x01 this is no HTTP \xff\xfe\r\n\r\n")
    else:
        await _write(writer, whole)
        return True
    return False


def _bytes(reply: Answer) -> bytes:
    headers = {"content-type": "application/json", "content-length": str(len(reply.body))} | reply.headers
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"HTTP/1.1 {reply.status} {http.HTTPStatus(reply.status).phrase}\r\n{lines}\r\n".encode() + reply.body


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    head = len(data) // 2
    await _write(writer, data[:head])
    # All but the last byte, which never comes.
    for i in range(head, len(data) - 1):
        await asyncio.sleep(_DRIP_S)
        await _write(writer, data[i : i + 1])
    await asyncio.Event().wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    # Lingering for 0 s makes close() send RST instead of FIN.
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
