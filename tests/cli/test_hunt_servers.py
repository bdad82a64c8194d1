"""Servers and model folders as people have them: each case of the shared hunt is measured, or named."""

from __future__ import annotations

import csv
import importlib.util
import runpy
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

RIGHT = 0.7790681756  # Spearman of the servers' own vectors, over all 120 pairs
AZURE = 'deadline_s: 20, url_query: {api-version: "2024-02-01"}, api_key_header: api-key, api_key_env: HUNT_KEY'
# By case: what the suite needs, exit code, pairs with a score, and words that are seen.
SERVERS: dict[str, tuple[str, int, int, list[str]]] = {
    "01-gemini-index-omitted": ("", 0, 120, ["matched by their order"]),
    "06-usage-always-zero": ("", 0, 120, ["reports no usage"]),
    "09-base64-refused": ("", 0, 120, []),
    "11-batch-limit-10": ("", 0, 120, []),
    "13-one-text-too-long": ("", 1, 119, ["pairs, pair ", "maximum context length is 60 tokens", "refused: skip"]),
    "15-ollama-nan-one-text": ("", 1, 119, ["pairs, pair ", "unsupported value: NaN"]),
    "17-nim-input-type": ("deadline_s: 20, extra_body: {input_type: query}", 0, 120, []),
    "19-azure-api-version": (AZURE, 0, 120, []),
    "21-200-with-429-inside": ("", 0, 120, []),
    "23-organisation-goes-to-strangers": ("", 0, 120, []),
}
MODELS = {
    "80-word-embeddings": (0, []),
    "82-splade-as-dense": (2, ["SPLADE"]),
    "84-router": (0, ["by routes of their own", "(`roles:` in a dataset's entry"]),
    "86-pooling-folder-missing": (2, ["1_Pooling/config.json"]),
    "88-limit-above-positions": (2, ["options: {max_seq_length: 64}"]),
    "89-label-hint": (2, ["options: {label: entailment}"]),
}


@pytest.fixture
def serve(shared: Path) -> Iterator[Callable[[str], tuple[int, list[dict[str, str]]]]]:
    """Start the server of a case. It answers on the port that is returned, and keeps the headers that it was sent."""
    hunt = shared / "cases" / "hunt"
    spec = importlib.util.spec_from_file_location("hunt_serve", hunt / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    started: list[ThreadingHTTPServer] = []

    def start(name: str) -> tuple[int, list[dict[str, str]]]:
        reply = runpy.run_path(str(hunt / name / "reply.py"), init_globals=dict(vars(module)))["reply"]
        seen: list[dict[str, str]] = []

        def keep(body: Any, headers: dict[str, str], query: dict[str, str]) -> Any:
            seen.append(headers)
            return reply(body, headers, query)

        module.REPLY = keep
        module.H.log_message = lambda *_: None
        started.append(ThreadingHTTPServer(("127.0.0.1", 0), module.H))
        threading.Thread(target=started[-1].serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return started[-1].server_port, seen

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def bring(shared: Path, work: Path, name: str, port: int = 0, options: str = "") -> None:
    """Copy a case, with the server's port and further options in its suite, and few resamples."""
    shutil.copytree(shared / "cases" / "hunt" / name, work, dirs_exist_ok=True, copy_function=shutil.copyfile)
    suite = (work / "suite.yaml").read_text(encoding="utf-8").replace("accuracy: {}", "accuracy: {resamples: 100}")
    suite = suite.replace(":18601/", f":{port}/").replace("deadline_s: 20", options or "deadline_s: 20")
    (work / "suite.yaml").write_text(suite, encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", SERVERS)
def test_server_is_measured(shared, work, embedmark, serve, monkeypatch, name) -> None:
    options, code, scored, words = SERVERS[name]
    port, seen = serve(name)
    for variable in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HUNT_KEY"):
        monkeypatch.setenv(variable, "of-the-account")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Internal: 1")
    bring(shared, work, name, port, options)

    done = embedmark("run", "suite.yaml", "--out", "out", "--yes", "--only", "srv", "--measure", "accuracy")

    assert done.code == code, done.err
    first = next(row for row in rows(work / "out" / "accuracy.csv") if row["metric"] == "spearman")
    assert int(first["n_scored"]) == scored
    if scored == 120:
        assert float(first["value"]) == pytest.approx(RIGHT, abs=1e-6)
    failures = " ".join(row["message"] for row in rows(work / "out" / "failures.csv"))
    told = failures + (work / "out" / "manifest.json").read_text(encoding="utf-8")
    assert [word for word in words if word not in told] == []
    assert not [headers for headers in seen if "x-internal" in headers or "openai-organization" in headers]


def test_base64_of_int8_is_decoded_as_int8(shared, work, embedmark, serve) -> None:
    """Of float32 the same server's Spearman is 0.8264 at its 1,024 dimensions."""
    port, _ = serve("07-base64-of-int8")
    bring(shared, work, "07-base64-of-int8", port)

    done = embedmark("run", "suite.yaml", "--out", "out", "--yes")

    assert done.code == 0, done.err
    first = next(row for row in rows(work / "out" / "accuracy.csv") if row["metric"] == "spearman")
    assert float(first["value"]) == pytest.approx(0.8267, abs=1e-3)


def test_socks_proxy_is_refused_before_a_request(shared, work, embedmark, monkeypatch) -> None:
    bring(shared, work, "22-socks-proxy", 9)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None, _find=importlib.util.find_spec:
                        None if name == "socksio" else _find(name, package))  # fmt: skip
    proxied = embedmark("run", "suite.yaml", "--out", "out", "--yes")

    assert proxied.code == 2
    assert 'pip install "httpx2[socks]"' in proxied.err


@pytest.mark.parametrize("name", MODELS)
def test_model_folder_is_measured_or_named(shared, work, embedmark, name) -> None:
    pytest.importorskip("sentence_transformers")
    code, words = MODELS[name]
    bring(shared, work, name)

    done = embedmark("run", "suite.yaml", "--out", "out", "--yes")

    assert done.code == code, done.err
    manifest = work / "out" / "manifest.json"
    told = done.err + (manifest.read_text(encoding="utf-8") if manifest.exists() else "")
    assert [word for word in words if word not in told] == []
