"""The onnx provider on a small graph: vectors of tokens are rows of a table, so that every pooling is known by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embedmark.errors import ProviderError, UsageError
from embedmark_providers.onnx_encoder import OnnxProvider

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "man", "guitar", "query"]
TABLE = np.random.default_rng(3).normal(size=(len(WORDS), 4)).astype(np.float32)
CLS, SEP, MAN, GUITAR, QUERY = TABLE[2], TABLE[3], TABLE[4], TABLE[5], TABLE[6]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose graph looks up each token in a table; mean pooling, no Normalize, 6 tokens at most."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    place = tmp_path / "model"
    (place / "1_Pooling").mkdir(parents=True)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "t", 4])
    node = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([node], "lookup", [ids], [out], [numpy_helper.from_array(TABLE, "table")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), place / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(place / "tokenizer.json"))
    layers = [{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}]
    for name, content in (
        ("config.json", {"model_type": "bert", "max_position_embeddings": 8, "pad_token_id": 0}),
        ("sentence_bert_config.json", {"max_seq_length": 6}),
        ("modules.json", layers),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}),
    ):
        (place / name).write_text(json.dumps(content), encoding="utf-8")
    return place


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


def test_the_provider_conforms(folder: Path) -> None:
    from embedmark.testing import conform

    outcome = conform(OnnxProvider, model=str(folder))
    assert outcome.ok, [finding for finding in outcome.findings if finding.status == "failed"]
