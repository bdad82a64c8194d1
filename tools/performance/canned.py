"""A server that gives every request the same embeddings at once, in a process of its own; prints its port."""

from __future__ import annotations

import asyncio
import base64
import json
import sys

import numpy as np


def reply_of(n: int, dim: int) -> bytes:
    """Return a whole HTTP reply with n vectors in base64."""
    vectors = np.random.default_rng(0).standard_normal((n, dim)).astype("<f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    data = [
        {"object": "embedding", "index": i, "embedding": base64.b64encode(row.tobytes()).decode()}
        for i, row in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 10 * n, "total_tokens": 10 * n}
    body = json.dumps({"object": "list", "model": "m", "usage": usage, "data": data}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def main(n: int, dim: int) -> None:
    """Serve until killed."""
    reply = reply_of(n, dim)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                lengths = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
                await reader.readexactly(int(lengths[0].partition(b":")[2]))
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the port is read by who started it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
