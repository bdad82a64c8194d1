"""Model folders that lack something, or hold another kind of model: refused before anything is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _folder, _folder_files, _heads
from embedmark_providers._torch import not_cached
from embedmark_providers.cross_encoder import CrossEncoderProvider
from embedmark_providers.sbert import SbertProvider

ST = "sentence_transformers.models."
SPARSE = "sentence_transformers.sparse_encoder.models."


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole sentence-transformers folder of a BERT with 64 positions; its weights are never read."""
    place = tmp_path / "model"
    write(place / "config.json", {"model_type": "bert", "max_position_embeddings": 64, "hidden_size": 16})
    write(place / "sentence_bert_config.json", {"max_seq_length": 64})
    layers = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write(
        place / "modules.json", [{"idx": i, "path": path, "type": ST + kind} for i, (path, kind) in enumerate(layers)]
    )
    write(place / "1_Pooling/config.json", {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True})
    write(place / "model.safetensors", "weights")
    return place


def refused(place: Path, **options: object) -> str:
    with pytest.raises(UsageError) as caught:
        SbertProvider(str(place), **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_whole_folder_passes_without_a_folder_for_normalize(folder: Path) -> None:
    assert SbertProvider(str(folder)).info.kind == "bi-encoder"


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("1_Pooling", "1_Pooling/config.json"),
        ("1_Pooling/config.json", "1_Pooling/config.json"),
        ("model.safetensors", "model.safetensors"),
        ("config.json", "config.json"),
    ],
)
def test_an_incomplete_folder_names_the_missing_file(folder: Path, gone: str, named: str) -> None:
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    assert f"{named} is missing: the folder is incomplete" in refused(folder)


def test_a_dense_layer_without_weights_is_incomplete(folder: Path) -> None:
    layers = json.loads((folder / "modules.json").read_text())
    write(folder / "modules.json", [*layers, {"idx": 3, "path": "3_Dense", "type": ST + "Dense"}])
    write(folder / "3_Dense/config.json", {"in_features": 16, "out_features": 8})

    assert "3_Dense/model.safetensors is missing" in refused(folder)


def test_a_missing_shard_is_named(folder: Path) -> None:
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    write(folder / "model.safetensors.index.json", {"weight_map": shards})
    (folder / "model.safetensors").rename(folder / shards["a"])

    assert f"{shards['b']} is missing" in refused(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "1_Pooling/config.json"])
def test_a_git_lfs_pointer_is_told_from_the_file(folder: Path, name: str) -> None:
    write(folder / name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90\n")

    said = refused(folder)

    assert f"{name} is a git-lfs pointer" in said
    assert "lfs pull" in said


@pytest.mark.parametrize(
    ("file", "content", "kind"),
    [
        ("config_sentence_transformers.json", {"model_type": "SparseEncoder"}, "SPLADE"),
        ("modules.json", [{"path": "", "type": SPARSE + "MLMTransformer"}], "SPLADE"),
        ("config_sentence_transformers.json", {"model_type": "ColBERT"}, "ColBERT"),
        ("modules.json", [{"path": "", "type": "pylate.models.Dense"}], "ColBERT"),
        ("config.json", {"architectures": ["HF_ColBERT"], "model_type": "bert"}, "ColBERT"),
        ("artifact.metadata", {}, "ColBERT"),
    ],
)  # fmt: skip
def test_sparse_and_late_interaction_models_are_refused(folder: Path, file: str, content: object, kind: str) -> None:
    write(folder / file, content)

    assert kind in refused(folder)


def test_masked_model_named_splade_is_refused_but_bert_is_not(tmp_path: Path) -> None:
    for name in ("splade-cocondenser", "bert-base"):
        write(tmp_path / name / "config.json", {"architectures": ["BertForMaskedLM"], "model_type": "bert"})
        write(tmp_path / name / "model.safetensors", "weights")
    assert "SPLADE" in refused(tmp_path / "splade-cocondenser")
    assert SbertProvider(str(tmp_path / "bert-base")).info.kind == "bi-encoder"


@pytest.mark.parametrize(
    ("model_type", "rows", "usable"),
    [("bert", 64, 64), ("roberta", 66, 64), ("mpnet", 66, 64), ("xlm-roberta", 66, 64)],
)
def test_a_limit_above_the_positions_is_refused_with_the_option(
    folder: Path, model_type: str, rows: int, usable: int
) -> None:
    config = {"model_type": model_type, "max_position_embeddings": rows, "pad_token_id": 1}
    write(folder / "config.json", config if model_type != "bert" else {**config, "pad_token_id": 0})
    write(folder / "sentence_bert_config.json", {"max_seq_length": 512})

    assert f"options: {{max_seq_length: {usable}}}" in refused(folder)
    SbertProvider(str(folder), max_seq_length=usable)  # what the hint says works


def test_models_without_a_table_of_positions_have_no_such_limit() -> None:
    assert _folder.positions({"model_type": "modernbert", "max_position_embeddings": 64}) is None
    relative = {"model_type": "bert", "max_position_embeddings": 64, "position_embedding_type": "relative_key"}
    assert _folder.positions(relative) is None


def test_code_of_the_model_needs_leave(folder: Path) -> None:
    write(folder / "modules.json", [{"path": "", "type": "custom_st.Transformer"}])
    write(folder / "custom_st.py", "class Transformer: ...")
    assert "options: {trust_remote_code: true}" in refused(folder)
    SbertProvider(str(folder), trust_remote_code=True)


@pytest.mark.parametrize(("model_type", "needs"), [("bert", False), ("NewModel", True)])
def test_an_architecture_of_its_own_needs_leave(folder: Path, model_type: str, needs: bool) -> None:
    write(folder / "config.json", {"model_type": model_type, "auto_map": {"AutoModel": "modeling.NewModel"}})
    if needs:
        assert "trust_remote_code" in refused(folder)
    else:
        SbertProvider(str(folder))


def test_an_adapter_names_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "model.safetensors").unlink()
    write(folder / "adapter_config.json", {"base_model_name_or_path": "intfloat/e5-small"})
    write(folder / "adapter_model.safetensors", "weights")
    find = _folder.importlib.util.find_spec
    monkeypatch.setattr(_folder.importlib.util, "find_spec", lambda name: None if name == "peft" else find(name))
    said = refused(folder)
    assert "adapter of 'intfloat/e5-small'" in said
    assert "pip install peft" in said


def test_an_exported_folder_names_the_onnx_provider(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    write(folder / "onnx/model.onnx", "graph")
    assert "use: onnx" in refused(folder)


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        (["contradiction", "entailment", "neutral"], "options: {label: entailment}"),
        (["NOT_DUPLICATE", "DUPLICATE"], "options: {label: DUPLICATE}"),
        (["no", "yes"], "options: {label: yes}"),
    ],
)
def test_the_label_that_means_similarity_is_suggested(tmp_path: Path, labels: list[str], hint: str) -> None:
    config = {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}
    write(tmp_path / "config.json", {**config, "id2label": dict(enumerate(labels))})
    write(tmp_path / "model.safetensors", "weights")
    with pytest.raises(UsageError) as caught:
        CrossEncoderProvider(str(tmp_path))
    assert (caught.value.hint or "").endswith(hint)


def test_unknown_labels_suggest_none() -> None:
    config = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "A", "1": "B"}}
    found = _heads.problem("hub/id", config, {}, label=None, untrained_head=False)
    assert found is not None
    assert "{label: A}" not in found[1]


def test_an_offline_switch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in str(not_cached("a/b"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert "the hub does not answer" in str(not_cached("a/b"))


def packed(header: object, data: bytes = b"") -> bytes:
    """Return what safetensors writes."""
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data


TENSOR = {"a": {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!doctype html>", "does not hold safetensors"),
        (b"", "does not hold safetensors"),
        (packed([1]), "does not hold safetensors"),
        (packed(TENSOR)[:20], "is cut off: it has 20 of "),
        (
            packed(TENSOR, b"12345678"),
            f"is cut off: it has {len(packed(TENSOR)) + 8} of {len(packed(TENSOR)) + 9} bytes",
        ),
    ],
)
def test_weights_that_are_not_whole_are_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "model.safetensors").write_bytes(content)

    with pytest.raises(UsageError, match=r"model\.safetensors") as caught:
        SbertProvider(str(folder)).check()
    assert said in caught.value.message


def test_a_folder_without_a_tokenizer_is_incomplete(folder: Path) -> None:
    """transformers makes one without a vocabulary."""
    (folder / "model.safetensors").write_bytes(packed(TENSOR, b"123456789"))
    write(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer"})

    with pytest.raises(UsageError, match=r"tokenizer\.json is missing"):
        SbertProvider(str(folder)).check()

    write(folder / "tokenizer_config.json", {"tokenizer_class": "ByT5Tokenizer"})
    SbertProvider(str(folder)).check()
    write(folder / "tokenizer_config.json", {})
    write(folder / "vocab.txt", "a")
    SbertProvider(str(folder)).check()


def test_a_folder_around_the_model_names_the_one_inside(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    folder.rename(outside / "snapshot")

    assert f"give the folder in it that holds the model: {outside / 'snapshot'}" in refused(outside)


def test_a_gguf_file_names_the_server(tmp_path: Path) -> None:
    write(tmp_path / "model-q4.gguf", "GGUF")

    assert "use: openai" in refused(tmp_path)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    header = {f"layer.{i}.query.weight": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(4)}
    (tmp_path / "model.safetensors").write_bytes(packed(header))

    _folder_files.check_names({f"bert.layer.{i}.query.weight": 0 for i in range(4)}, str(tmp_path))
    with pytest.raises(ProviderError, match="4 of 4 weights of this model are not in its folder"):
        _folder_files.check_names({f"layer.{i}.q_lin.weight": 0 for i in range(4)}, str(tmp_path))
