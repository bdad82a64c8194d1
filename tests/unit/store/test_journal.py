"""journal.sqlite: what was committed is found again, and what was open is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedmark.errors import RunDirectoryError, StorageError
from embedmark.store.entries import KEY_BYTES, Request, StoredReply
from embedmark.store.journal import Journal, has_journal

KEYS = [bytes([i]) * KEY_BYTES for i in range(3)]


def request(provider: str = "api", *, retry: bool = False) -> Request:
    return Request(provider, "job", [0, 1, 2], n=3, bound=30, characters=20, retry=retry)


def test_replies_come_back_after_the_process_has_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    number = journal.sent(request())
    journal.delivered(number, 12, 5, ("job", [StoredReply(KEYS, values, {"retries": 0})]))
    journal.note("folder", "/somewhere")
    journal.close()

    again = Journal(tmp_path)

    (reply,) = again.replies("job")
    assert list(reply.keys) == KEYS
    np.testing.assert_array_equal(reply.values, values)
    assert reply.facts == {"retries": 0}
    assert again.noted("folder") == "/somewhere"
    assert list(again.replies("another job")) == []
    again.remove()
    assert not has_journal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_open_requests_are_named_once_and_count_as_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.delivered(journal.sent(request()), 12)
    journal.closed(journal.sent(request(retry=True)), "refused", None)
    journal.closed(journal.sent(request()), "lost", 30)
    journal.sent(request(), durable=False)
    journal.close()

    again = Journal(tmp_path)
    lost = again.open_requests()

    assert [(one.provider, one.places, one.bound) for one in lost] == [("api", [0, 1, 2], 30)]
    assert again.open_requests() == lost
    again.settle()
    assert again.open_requests() == []
    assert again.killed_requests() == lost
    totals = again.totals("api")
    assert (totals["requests"], totals["delivered"], totals["tokens"]) == (4, 1, 12)
    assert (totals["tokens_unconfirmed"], totals["retries"], totals["refused"]) == (60, 1, 1)
    assert again.totals("other")["requests"] == 0


def test_one_process_at_a_time_holds_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note("a", 1)

    with pytest.raises(RunDirectoryError, match="another process"):
        Journal(tmp_path)

    journal.close()


def test_a_damaged_reply_is_asked_for_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.delivered(None, None, kept=("job", [StoredReply(KEYS, np.ones(3), {})]))
    journal._write([("UPDATE reply SET crc = crc + 1", ())])

    assert list(journal.replies("job")) == []


def test_resumed_run_serves_the_items_of_its_first_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path)

    assert journal.begin("job", KEYS[:1]) is None
    assert journal.begin("job", KEYS) == KEYS[:1]


def test_a_folder_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="vanished"):
        Journal(tmp_path / "gone")
