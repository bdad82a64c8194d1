"""The onnx provider on a small graph: vectors of tokens are rows of a table, so that every pooling is known by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embedmark.errors import ProviderError, UsageError
from embedmark_providers.onnx_encoder import OnnxProvider
from tests.providers.lookup_model import TABLE, make_onnx_folder

CLS, SEP, MAN, GUITAR, QUERY = TABLE[2], TABLE[3], TABLE[4], TABLE[5], TABLE[6]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_onnx_folder(tmp_path / "model")


def loaded(folder: Path, **options: object) -> OnnxProvider:
    provider = OnnxProvider(str(folder), **options)  # type: ignore[arg-type]
    provider.load()
    return provider


@pytest.mark.parametrize(
    ("pooling", "wanted"),
    [
        (None, (CLS + MAN + SEP) / 3),
        ("cls", CLS),
        ("max", np.maximum(np.maximum(CLS, MAN), SEP)),
        ("mean_sqrt_len_tokens", (CLS + MAN + SEP) / np.sqrt(3)),
        ("weightedmean", (CLS + 2 * MAN + 3 * SEP) / 6),
        ("lasttoken", SEP),
    ],
)
def test_a_text_is_pooled_without_its_padding(folder: Path, pooling: str | None, wanted: np.ndarray) -> None:
    vectors = loaded(folder, pooling=pooling).encode(["man", "man guitar man"]).vectors
    np.testing.assert_allclose(vectors[0], wanted, atol=1e-6)
    assert vectors.dtype == np.float32


def test_a_pooling_layer_without_a_mode_means_the_default(folder: Path) -> None:
    config = folder / "1_Pooling" / "config.json"
    config.write_text('{"word_embedding_dimension": 4, "pooling_mode_mean_tokens": false}', encoding="utf-8")

    provider = loaded(folder)

    assert provider.info.recipe["pooling"] == "mean"
    assert "names no pooling" in provider.info.notes[0]


def test_long_texts_are_cut_and_counted(folder: Path) -> None:
    provider = loaded(folder)
    assert provider.info.max_tokens == 6
    assert provider.count_tokens(["man " * 10]) == [12]
    np.testing.assert_allclose(provider.encode(["man " * 10]).vectors[0], (CLS + 4 * MAN + SEP) / 6, atol=1e-6)


def test_roles_and_normalize(folder: Path) -> None:
    provider = loaded(folder, query={"prompt": "query "}, normalize=True)
    (query,) = provider.encode_queries(["man"]).vectors
    mean = (CLS + QUERY + MAN + SEP) / 4
    np.testing.assert_allclose(query, mean / np.linalg.norm(mean), atol=1e-6)


def test_what_the_folder_lacks_is_told_before_loading(folder: Path) -> None:
    (folder / "tokenizer.json").rename(folder / "t.json")
    with pytest.raises(UsageError, match=r"tokenizer\.json is missing"):
        OnnxProvider(str(folder))
    (folder / "t.json").rename(folder / "tokenizer.json")
    (folder / "model.onnx").rename(folder / "model_fp32.onnx")
    with pytest.raises(UsageError) as caught:
        OnnxProvider(str(folder))
    assert caught.value.hint == "options: {file: model_fp32.onnx}"
    loaded(folder, file="model_fp32.onnx")
    dense = [*json.loads((folder / "modules.json").read_text()), {"path": "2_Dense", "type": "x.Dense"}]
    (folder / "modules.json").write_text(json.dumps(dense), encoding="utf-8")
    with pytest.raises(UsageError, match="a layer that its export does not contain: Dense"):
        OnnxProvider(str(folder), file="model_fp32.onnx")


def test_a_broken_graph_is_one_message(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ProviderError, match="cannot read the graph"):
        loaded(folder)
    with pytest.raises(ProviderError, match="not loaded"):
        OnnxProvider(str(folder)).encode(["a"])
