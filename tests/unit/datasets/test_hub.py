"""Data files of the hub, from a server on this machine that answers as the hub does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from embedmark.datasets import load_entry
from embedmark.errors import DatasetError

ADDRESS = "hub:some-one/some-pairs/data/test.jsonl.gz"
CONTENT = gzip.compress(
    b'{"sentence1": "a", "sentence2": "b", "score": 1}\n{"sentence1": "c", "sentence2": "d", "score": 2}\n'
)


@pytest.fixture
def hub(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A hub with one file, and an empty cache."""
    monkeypatch.setenv("HF_ENDPOINT", httpserver.url_for("").rstrip("/"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    httpserver.expect_request("/datasets/some-one/some-pairs/resolve/main/data/test.jsonl.gz").respond_with_data(
        CONTENT, headers={"ETag": '"0123abcd"', "X-Repo-Commit": "c" * 40}, content_type="application/gzip"
    )
    httpserver.expect_request("/datasets/some-one/some-pairs/resolve/main/none.tsv").respond_with_data(
        "", status=404, headers={"X-Error-Code": "EntryNotFound"}
    )
    return httpserver


def test_file_of_the_hub_is_fetched_once_and_then_read_offline(hub: HTTPServer) -> None:
    said: list[str] = []
    with pytest.raises(DatasetError, match="not in the hub's cache"):
        load_entry({"path": ADDRESS}, name="x", offline=True)

    data = load_entry({"path": ADDRESS}, name="x", say=said.append)
    again = load_entry({"path": [ADDRESS]}, name="x", offline=True)

    assert data.gold.tolist() == [1, 2]
    assert data.source == ADDRESS
    assert said == ["asking the hub for some-one/some-pairs: data/test.jsonl.gz"]
    assert again.sha256 == data.sha256


def test_catalogue_name_reads_the_hubs_file_as_its_own(hub: HTTPServer) -> None:
    data = load_entry({"path": ADDRESS, "name": "biosses"}, name="biosses")

    assert len(data) == 2
    assert data.notes == ("not checked: no hash of test.jsonl is known",)


@pytest.mark.parametrize(("address", "message"), [
    ("hub:a/b", "does not name a file on the hub"), ("hub:some-one/some-pairs/none.tsv", "none.tsv' is not there"),
])  # fmt: skip
def test_file_that_cannot_be_had_is_one_message(hub: HTTPServer, address: str, message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        load_entry({"path": address}, name="x")

    assert message in caught.value.message
    assert caught.value.hint
