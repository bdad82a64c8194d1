"""A small model in ONNX: vectors of tokens are rows of a table, so that every pooling is known by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "man", "guitar", "query"]
TABLE = np.random.default_rng(3).normal(size=(len(WORDS), 4)).astype(np.float32)


def make_onnx_folder(place: Path) -> Path:
    """Write a folder whose graph looks up each token in a table; mean pooling, no Normalize, 6 tokens at most."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

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
