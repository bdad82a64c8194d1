"""Whether a Ray cluster answers at an address: one message for each way it does not."""

from __future__ import annotations

import socket

import pytest

from embedmark.distribute.cluster.answer import require_answer
from embedmark.errors import UsageError


def test_what_listens_and_is_no_cluster_is_named_in_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"

        with pytest.raises(UsageError, match=f"the server at {address} is not a Ray cluster"):
            require_answer(address, ask_s=0.2)


@pytest.mark.parametrize("address", ["nowhere", "[::1", "host:port", ":6379", "host:99999"])
def test_what_is_no_address_is_named(address):
    with pytest.raises(UsageError, match="is not the address of a cluster"):
        require_answer(address)
