"""What a run may bill: the bound of `plan`, the question above 1 USD, and --max-usd where no price is known."""

from __future__ import annotations

import re

import pytest

REMOTE = '''
import numpy as np
from pathlib import Path
from embedmark.api import Embeddings, Limits, ProviderInfo, Usage

class Remote:
    """Answers as a server would, and notes what it was sent."""

    def __init__(self, host="api.example.com:443"):
        self.info = ProviderInfo(plugin="remote", model="m", kind="bi-encoder", served_by=host,
                                 limits=Limits(empty_text=False, empty="skip"))

    def load(self): pass
    def close(self): pass

    async def aencode(self, texts):
        with Path("sent.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{len(text.encode()) + 2}\\n" for text in texts)
        return Embeddings(np.array([[len(t), 1] for t in texts], dtype=np.float32), Usage(tokens=1, requests=1))


class Sync(Remote):
    aencode = None

    def encode(self, texts):
        return Embeddings(np.array([[len(t), 1] for t in texts], dtype=np.float32), Usage(tokens=1, requests=1))
'''


@pytest.fixture
def suite(work):
    (work / "remote.py").write_text(REMOTE, encoding="utf-8")

    def write(*, of="Remote", host="api.example.com:443", price=None, measure="accuracy: {}"):
        prices = "" if price is None else f", cost: {{prices: {{far: {{usd_per_1m_tokens: {price}}}}}}}"
        (work / "far.yaml").write_text(
            f'providers: [{{name: far, use: "./remote.py:{of}", options: {{host: "{host}"}}}}]\n'
            f"datasets: [{{path: 쌍.tsv}}]\nmeasure: {{{measure}{prices}}}\n",
            encoding="utf-8",
        )

    return write


@pytest.mark.parametrize("of", ["Remote", "Sync"])
def test_max_usd_wants_a_price_of_what_may_bill(embedmark, work, suite, of):
    suite(of=of)
    done = embedmark("run", "far.yaml", "--max-usd", "5")
    assert done.code == 2
    assert "--max-usd 5 cannot be enforced: no price per token is known for far" in done.err
    assert "measure.cost.prices" in done.err
    assert "far: {usd_per_1m_tokens: ...}" in done.err
    assert not (work / "results").exists()
    assert not (work / "sent.txt").exists()
    plan = embedmark("plan", "far.yaml")
    assert plan.code == 0
    assert "The bill of this run is not known: no price per token is known for far." in plan.out
    assert "No provider here has a price per token" not in plan.out
    suite(of=of, price=0)
    assert embedmark("run", "far.yaml", "--max-usd", "5").code == 0
    assert embedmark("plan", "far.yaml").out.startswith("This run bills at most $0")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:80", "0.0.0.0:9"])
def test_a_server_on_this_machine_bills_nothing(embedmark, suite, host):
    suite(host=host)
    assert embedmark("run", "far.yaml", "--max-usd", "5").code == 0
    assert "not known" not in embedmark("plan", "far.yaml").out


def test_plan_names_the_unpriced_beside_a_bound(embedmark, work, suite):
    suite(price=1.0)
    text = (work / "far.yaml").read_text(encoding="utf-8")
    other = '{name: other, use: "./remote.py:Remote"}'
    (work / "far.yaml").write_text(text.replace("}}]\n", f"}}}}, {other}]\n", 1), encoding="utf-8")
    out = embedmark("plan", "far.yaml").out
    assert re.match(r"This run bills at most \$\S+, retries apart, without other: no price per token is known", out)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 2),
        (["--max-seconds", "99999"], 2),
        (["--max-requests", "1"], 2),
        (["--max-usd", "0.0001"], 3),
        (["--max-requests", "1", "--yes"], 3),
    ],
)
def test_costly_run_needs_max_usd_or_yes(embedmark, work, suite, options, code):
    suite(price=10_000)
    done = embedmark("run", "far.yaml", *options)
    assert done.code == code, done.err
    if code == 2:
        assert "has no --max-usd" in done.err
        assert "--yes" in done.err
        assert not (work / "sent.txt").exists()


@pytest.mark.parametrize("latency", ["{scenarios: [server], calls: 5, warmup: 1}", "{calls: 50, warmup: 1}"])
def test_a_run_never_sends_more_than_plan_says(embedmark, work, suite, latency):
    rows = "".join(f"{'a' * (i + 1)}\tb{i}\t{i}\n" for i in range(4)) + "\tempty\t1\n"
    (work / "쌍.tsv").write_text("sentence1\tsentence2\tscore\n" + rows, encoding="utf-8")
    suite(price=0.001, measure=f"latency: {latency}")
    plan = embedmark("plan", "far.yaml").out
    encodes, tokens = (int(re.search(r"far\s.*?(\d+)\s.*?–\s+([\d,]+)", plan)[i].replace(",", "")) for i in (1, 2))
    assert embedmark("run", "far.yaml", "--out", "r").code == 0
    sent = [int(line) for line in (work / "sent.txt").read_text(encoding="utf-8").split()]
    assert len(sent) == encodes
    assert sum(sent) <= tokens


@pytest.mark.parametrize("bound", [["--max-requests", "50"], ["--yes"]])
def test_unpriced_public_host_needs_a_bound(embedmark, work, suite, bound):
    suite()

    refused = embedmark("run", "far.yaml", "--out", "refused")
    allowed = embedmark("run", "far.yaml", "--out", "allowed", *bound)

    assert refused.code == 2
    assert "no price known for far: api.example.com:443 may bill" in refused.err
    assert "--max-requests N" in refused.err
    assert not (work / "refused").exists()
    assert allowed.code == 0, allowed.err
    assert "no price known for far" in embedmark("plan", "far.yaml").out


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.0.0.4:8000", "gpu-box:8000", "gpu.local:8000"])
def test_server_in_our_network_needs_no_budget(embedmark, suite, host):
    suite(host=host)

    assert embedmark("run", "far.yaml", "--out", "own").code == 0
