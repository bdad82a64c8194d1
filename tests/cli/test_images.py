"""Datasets with images through the command line, with a provider that sees colours."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image

from embedmark.suite import parse_suite

COLOURS = ["red", "lime", "blue", "yellow", "cyan", "magenta", "black", "white", "orange", "purple", "navy", "olive"]

PROVIDER = '''
import numpy as np
from PIL import Image, ImageColor
from embedmark.api import Embeddings, ProviderInfo

class Colours:
    """Sees the mean colour of a picture, and reads the first colour that a text names."""

    def __init__(self, blind=False):
        self.blind = blind
        self.info = ProviderInfo(plugin="colours", model="colours", kind="bi-encoder", modalities=("text", "image"),
                                 max_tokens=4)

    def load(self): pass
    def close(self): pass

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def encode(self, texts):
        return self._vectors([ImageColor.getrgb(text.split()[0]) for text in texts])

    def encode_images(self, images):
        assert all(isinstance(image, Image.Image) and image.mode == "RGB" for image in images)
        if self.blind:
            return self._vectors([(1, 1, 1)] * len(images))
        return self._vectors([np.asarray(image).reshape(-1, 3).mean(axis=0) for image in images])

    def _vectors(self, colours):
        rgb = np.array(colours, dtype=np.float32) / 255 - 0.5
        return Embeddings(np.hstack([rgb, np.full((len(rgb), 1), 0.1, np.float32)]).astype(np.float32))
'''

SUITE = """\
name: seen
providers:
  - {name: 색, use: "./colours.py:Colours"}
  - {name: blind, use: "./colours.py:Colours", options: {blind: true}}
datasets:
  - {kind: captions, path: 그림/captions.csv, name: seen}
  - {kind: graded, path: 그림/graded.csv}
  - {kind: matrix, name: little, images: [그림/red.png, 그림/blue.png], texts: [red, blue, lime light],
     expected: [[1, 0.1, 0.2], [0.1, 1, 0.2]]}
measure:
  accuracy: {resamples: 200}
  throughput: {batch_sizes: [4], texts: 12, passes: 2, max_passes: 3}
  latency: {calls: 80}
  scaling: {sizes: [4, 6], project_to: [100]}
  cost: {hardware_usd_per_hour: 1.0}
"""


@pytest.fixture
def seen(work: Path) -> Path:
    """A working directory with twelve pictures of one colour each, in every mode, and three datasets."""
    (work / "colours.py").write_text(PROVIDER, encoding="utf-8")
    folder = work / "그림"
    folder.mkdir()
    modes = ["RGB", "RGBA", "P"]
    captions, graded = [("image", "caption")], [("image", "text", "score")]
    for i, colour in enumerate(COLOURS):
        Image.new("RGB", (9, 7), colour).convert(modes[i % 3]).save(folder / f"{colour}.png")
        captions += [(f"{colour}.png", f"{colour} 그림"), (f"{colour}.png", f"{colour} and a text that is too long")]
        graded += [(f"{colour}.png", colour, 5), (f"{colour}.png", COLOURS[(i + 5) % 12], i % 3)]
    for name, rows in (("captions", captions), ("graded", graded)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    (work / "seen.yaml").write_text(SUITE, encoding="utf-8")
    return folder


def table(folder: str, name: str) -> list[dict[str, str]]:
    with (Path(folder) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_whole_chain(embedmark, seen):
    done = embedmark("run", "seen.yaml", "--out", "out")
    assert done.code == 0, done.err
    assert "12 images, 24 captions" in done.out
    assert "2 images x 3 texts" in done.out
    assert "from what the suite expects" in Path("out/report.md").read_text(encoding="utf-8")
    assert embedmark("verify", "out").code == 0
    summary = {(row["provider"], row["dataset"]): row for row in table("out", "summary.csv")}
    first = summary["색", "seen"]
    assert (first["metric"], first["value"], first["tie_group"], first["unit"]) == ("recall_at_1", "1.0", "1", "image")
    assert (first["n_pairs"], first["truncated_texts"]) == ("24", "12")
    assert summary["blind", "seen"]["tie_group"] == ""  # shown to be worse
    assert float(summary["blind", "seen"]["value"]) <= 1 / 12
    assert float(summary["색", "graded"]["spearman"]) > 0.5
    assert (summary["색", "little"]["metric"], summary["색", "little"]["value"]) == ("similarity", "")
    assert {(row["unit"], row["batch_size"]) for row in table("out", "throughput.csv")} == {
        ("image", "4"),
        ("text", "4"),
    }
    assert {(row["provider"], row["unit"]) for row in table("out", "latency.csv")} == {
        (provider, unit) for provider in ("색", "blind") for unit in ("image", "text")
    }
    cost = [row for row in table("out", "cost.csv") if (row["provider"], row["dataset"]) == ("색", "seen")]
    assert [(row["unit"], row["items"]) for row in cost] == [("image", "12"), ("text", "24")]
    assert [row["n"] for row in table("out", "scaling.csv") if row["provider"] == "색"] == ["4", "6", "100", "1000"]


def test_images_have_a_price_of_their_own(embedmark, seen):
    suite = yaml.safe_load(SUITE)
    suite["providers"], suite["datasets"] = suite["providers"][:1], suite["datasets"][:1]
    price = {"usd_per_1m_tokens": 0.0, "usd_per_1k_images": 2.0, "source": "a contract", "as_of": "2026-11-01"}
    suite["measure"] = {"accuracy": {"resamples": 200}, "cost": {"prices": {"색": price}}}
    Path("priced.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")

    planned = embedmark("plan", "priced.yaml")
    done = embedmark("run", "priced.yaml", "--out", "out")
    stopped = embedmark("run", "priced.yaml", "--out", "less", "--max-usd", "0.02", "--no-cache")

    assert "This run bills at most $0.024" in planned.out
    images, texts = table("out", "cost.csv")
    assert (images["unit"], images["items"], images["basis"], images["usd"]) == ("image", "12", "billed", "0.024")
    assert (images["usd_per_1k_items"], images["price_source"], images["price_as_of"]) == (
        "2.0",
        "a contract",
        "2026-11-01",
    )
    assert (texts["unit"], texts["usd"]) == ("text", "0.0")
    assert table("out", "summary.csv")[0]["usd"] == "0.024"
    assert done.code == 0
    assert stopped.code == 3


def test_a_price_of_tokens_says_that_images_are_not_in_it(embedmark, seen):
    suite = yaml.safe_load(SUITE)
    suite["measure"]["cost"] = {"prices": {"색": {"usd_per_1m_tokens": 1.0}}}
    Path("priced.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")

    planned = embedmark("plan", "priced.yaml")

    assert "색: no price per image is known" in planned.out
    assert "usd_per_1k_images" in planned.out


def test_recall_covers_both_directions_and_skips_trivial(embedmark, seen):
    embedmark("run", "seen.yaml", "--out", "out", "--only", "색")
    rows = [row for row in table("out", "accuracy.csv") if row["dataset"] == "seen"]
    assert [(row["slice"], row["metric"], row["n_scored"]) for row in rows] == [
        (direction, metric, n)
        for direction, n in (("image-to-text", "12"), ("text-to-image", "24"))
        for metric in ("recall_at_1", "recall_at_5", "recall_at_10")
    ]
    assert {row["status"] for row in rows} == {"ok"}
    scores = [row for row in table("out", "scores.csv") if row["dataset"] == "seen"]
    assert len(scores) == 24
    assert (scores[1]["pair_id"], scores[1]["gold"]) == ("1:2", "")
    ranks = table("out", "ranks.csv")
    assert len(ranks) == 24
    assert list(ranks[1].values()) == ["색", "seen", "1:2", "1", "1"]
    path = Path("out/ranks.csv")
    path.write_text(path.read_text(encoding="utf-8").replace("1:2,1,1", "1:2,9,1"), encoding="utf-8")
    done = embedmark("verify", "out")
    assert done.code == 1
    assert "ranks.csv: row 2, column text_rank: edited" in done.out + done.err
    cells = [row for row in table("out", "accuracy.csv") if row["dataset"] == "little"]
    assert [row["slice"] for row in cells] == ["1:1", "1:2", "1:3", "2:1", "2:2", "2:3"]
    assert float(cells[0]["value"]) == pytest.approx(1.0)


def test_the_page_and_a_comparison_of_two_runs_show_images(embedmark, seen):
    suite = Path("seen.yaml")
    suite.write_text("keep_text: true\n" + suite.read_text(encoding="utf-8"), encoding="utf-8")
    assert embedmark("run", "seen.yaml", "--out", "a").code == 0
    assert embedmark("run", "seen.yaml", "--out", "b").code == 0
    page = Path("a/report.html").read_text(encoding="utf-8")
    assert "seen: paired differences in recall at 1" in page
    assert "graded: paired differences in Spearman" in page
    # Beside their texts, among the pairs of graded that are ranked wrongest; the suite names red and blue.
    assert any(f"{colour}.png" in page for colour in COLOURS if colour not in ("red", "blue"))
    done = embedmark("compare", "a", "b", "--csv")
    assert done.code == 0, done.err
    rows = list(csv.DictReader(done.out.splitlines()))
    found = {(row["provider"], row["dataset"], row["metric"]): row for row in rows}
    assert found["색", "graded", "spearman"]["verdict"] == "no clear difference"
    assert ("색", "seen", "spearman") not in found  # captions have no gold: they are compared by recall
    assert found["색", "seen", "recall_at_1"]["verdict"] == "no clear difference"
    images = next(row for row in table("a", "throughput.csv") if (row["provider"], row["unit"]) == ("색", "image"))
    shown = float(found["색", "seen", "items_per_s"]["baseline"])
    assert shown == pytest.approx(float(images["items_per_s"]), rel=1e-6)


def test_decoding_is_timed_on_its_own(embedmark, seen):
    embedmark("run", "seen.yaml", "--out", "out", "--only", "색")
    rows = [row for row in table("out", "samples.csv") if row["measure"] == "decode"]
    assert [(row["dataset"], row["provider"], row["n_items"]) for row in rows] == [
        ("seen", "", "12"), ("graded", "", "12"), ("little", "", "2"),
    ]  # fmt: skip
    assert all(int(row["elapsed_ns"]) > 0 for row in rows)


def test_broken_image_is_a_named_row_and_the_rest_continues(embedmark, seen):
    (seen / "lime.png").write_bytes((seen / "lime.png").read_bytes()[:50])
    (seen / "cyan.png").write_text("그림이 아니다", encoding="utf-8")
    done = embedmark("run", "seen.yaml", "--out", "out", "--only", "색")
    assert done.code == 1
    failures = [row for row in table("out", "failures.csv") if row["dataset"] == "seen"]
    assert [row["message"].split(":")[0] for row in failures] == ["lime.png", "cyan.png"]
    warned = embedmark("show", "out", "--warnings").out
    assert "2 of 12 images of seen cannot be read: lime.png, cyan.png" in " ".join(warned.split())
    row = next(row for row in table("out", "accuracy.csv") if row["dataset"] == "seen")
    assert (row["n_scored"], row["value"], row["status"]) == ("10", "1.0", "ok")
    broken = [row for row in table("out", "scores.csv") if row["dataset"] == "seen" and row["pair_id"] == "2:3"]
    assert [row["predicted"] for row in broken] == [""]
    ranked = [row for row in table("out", "ranks.csv") if row["pair_id"] == "2:3"]
    assert [(row["text_rank"], row["image_rank"]) for row in ranked] == [("", "")]
    assert embedmark("verify", "out").code == 0
    datasets = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["datasets"]
    assert datasets[0]["decoding"]["images"] == 10


def test_no_image_at_all_is_a_failure_and_no_crash(embedmark, seen):
    for image in seen.glob("*.png"):
        image.write_bytes(b"broken")
    done = embedmark("run", "seen.yaml", "--out", "out", "--only", "색")
    assert done.code == 1
    assert "none of the 12 images of seen can be read" in " ".join(done.out.split())
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("./providers.py:Length", ["'텍스트만' (length) reads texts only", "'seen' has images", "--only"]),
        ("./providers.py:Overlap", ["'텍스트만' (overlap) is a cross-encoder", "'seen' has images"]),
    ],
)
def test_a_wrong_modality_is_refused_before_loading(embedmark, seen, provider, words):
    suite = Path("seen.yaml")
    text = suite.read_text(encoding="utf-8").replace(
        "datasets:", f"  - {{name: 텍스트만, use: {provider!r}}}\ndatasets:"
    )
    suite.write_text(text, encoding="utf-8")
    done = embedmark("run", "seen.yaml", "--out", "out")
    assert done.code == 2
    assert all(word in done.err for word in words), done.err
    assert not Path("out").exists()


def test_texts_for_a_provider_of_images_only_are_refused(embedmark, seen, work):
    code = (work / "colours.py").read_text(encoding="utf-8").replace('("text", "image")', '("image",)')
    (work / "colours.py").write_text(code, encoding="utf-8")
    Path("small.yaml").write_text(
        "providers: [{name: eyes, use: './colours.py:Colours'}]\ndatasets: [{path: 쌍.tsv}]\nmeasure: {accuracy: {}}\n",
        encoding="utf-8",
    )
    done = embedmark("run", "small.yaml", "--out", "out")
    assert done.code == 2
    assert "'eyes' (colours) reads images only; dataset '쌍' has texts as well" in done.err


def test_claiming_images_without_the_method_is_refused(embedmark, seen, work):
    code = (work / "colours.py").read_text(encoding="utf-8").replace("def encode_images", "def encode_pictures")
    (work / "colours.py").write_text(code, encoding="utf-8")
    done = embedmark("plan", "seen.yaml")
    assert done.code == 2
    assert "no encode_images()" in done.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: captions, ", "kind: caption, ", ["captions, graded or matrix", "datasets[0]"]),
        ("kind: captions, ", "kind: captions, colums: {}, ", ["unknown key", "did you mean `columns`"]),
        ("texts: [red,", "text: [red,", ["datasets[2].texts: this key is missing", "datasets[2].text: unknown key"]),
        ("그림/blue.png]", "그림/red.png]", ["is listed twice"]),
        ("[[1, 0.1, 0.2], ", "[", ["expected must have a list for every image"]),
        ("그림/blue.png]", "그림/blu.png]", ["no image '그림/blu.png'", "did you mean 'blue.png'"]),
    ],
)
def test_mistakes_in_the_suite(embedmark, seen, old, new, words):
    suite = Path("seen.yaml")
    suite.write_text(suite.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = embedmark("run", "seen.yaml", "--out", "out")
    assert done.code == 2
    assert all(word in done.err for word in words), done.err
    assert not Path("out").exists()


def test_plan_counts_images_and_texts(embedmark, seen):
    done = embedmark("plan", "seen.yaml")
    assert done.code == 0
    assert "12 images, 24 texts" in done.out


def test_in_a_process_of_its_own(embedmark, seen):
    suite = Path("seen.yaml")
    text = suite.read_text(encoding="utf-8").replace('Colours"}', 'Colours", isolate: process}', 1)
    suite.write_text(text, encoding="utf-8")
    done = embedmark("run", "seen.yaml", "--out", "out", "--only", "색")
    assert done.code == 0, done.err
    assert table("out", "summary.csv")[0]["value"] == "1.0"


def test_the_suite_and_the_refusal_of_the_document(embedmark, seen):
    text = (Path(__file__).parents[2] / "docs" / "clip.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    suite = parse_suite(yaml.safe_load(block), path=Path("clip.md"))
    assert [getattr(dataset, "kind", None) for dataset in suite.datasets] == ["captions", "graded", "matrix"]
    Path("small.yaml").write_text(
        "providers: [{name: minilm, use: './providers.py:Length'}]\n"
        "datasets: [{kind: captions, path: 그림/captions.csv}]\nmeasure: {accuracy: {}}\n",
        encoding="utf-8",
    )
    refusal = re.search(r"    (error: .*)\n      (at: .*)\n      (try: .*)\n", text)
    assert refusal is not None
    said = embedmark("run", "small.yaml").err
    assert refusal[1].replace("(sbert)", "(length)") in said
    assert refusal[3] in said
