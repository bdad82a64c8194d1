from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedmark.errors import ProviderError, UsageError
from embedmark.files import install_command
from embedmark_providers.sbert import SbertProvider

GUITAR = ["A man is playing a guitar", "Someone plays an instrument"]


def loaded(model, **options):
    provider = SbertProvider(str(model), **options)
    provider.load()
    return provider


def test_construction_imports_no_torch(minilm_name):
    code = (
        "import sys; from embedmark_providers.sbert import SbertProvider; from embedmark_providers.cross_encoder "
        f"import CrossEncoderProvider as C; SbertProvider({minilm_name!r}); C({minilm_name!r}, untrained_head=True); "
        "print([m for m in ('torch', 'numpy', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "average"}, "no pooling 'average'"),
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"dtype": "int8"}, "no dtype 'int8'"),
        ({"precision": "int4"}, "no precision 'int4'"),
        ({"precision": "binary", "calibration": "x.txt"}, "for precision int8 only"),
        ({"threads": 0}, "threads is 0"),
        ({"truncate_dim": -1}, "truncate_dim is -1"),
        ({"max_seq_length": True}, "max_seq_length is True"),
        ({"max_seq_length": 33}, "above the 32 positions"),
        ({"prompt": "query: ", "prompt_name": "query"}, "both given"),
        ({"revision": "main"}, "applies to hub ids"),
    ],
)
def test_refuses_wrong_options_before_loading(plain_model, options, message):
    with pytest.raises(UsageError, match=message):
        SbertProvider(str(plain_model), **options)


def test_refuses_what_is_no_model_folder(tmp_path):
    with pytest.raises(UsageError, match=r"has no config\.json"):
        SbertProvider(str(tmp_path))
    with pytest.raises(UsageError, match="no model at"):
        SbertProvider("./nowhere")
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not JSON"):
        SbertProvider(str(tmp_path))


def test_refuses_a_cross_encoder(make_model):
    with pytest.raises(UsageError, match="is a cross-encoder") as caught:
        SbertProvider(str(make_model(head_labels=1)))
    assert caught.value.hint == "use: cross-encoder"


def test_a_missing_extra_names_the_command(monkeypatch, plain_model):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        SbertProvider(str(plain_model))
    assert caught.value.hint == install_command("sbert")


def test_before_load(plain_model):
    provider = SbertProvider(str(plain_model), pooling="max")
    assert (provider.info.plugin, provider.info.kind, provider.info.dim) == ("sbert", "bi-encoder", None)
    assert provider.info.model == str(plain_model)
    assert provider.info.recipe["pooling"] == "max"
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


def test_close_twice_unloads(plain_model):
    provider = loaded(plain_model)
    provider.sync()
    provider.close()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


def test_loading_and_encoding_print_nothing(plain_model, capfd):
    loaded(plain_model).encode(["a man " * 40])
    assert capfd.readouterr() == ("", "")


def test_no_texts_are_refused(plain_model):
    with pytest.raises(ProviderError, match="at least one text"):
        loaded(plain_model).encode([])


def test_a_plain_transformer_gets_a_pooling_layer(plain_model):
    info = loaded(plain_model).info
    assert (info.recipe["pooling"], info.recipe["pooling_of_model"]) == ("mean", "none")
    assert "no pooling layer; mean pooling is sentence-transformers' default" in info.notes[0]
    assert loaded(plain_model, pooling="max").info.notes == ()
    assert info.recipe["layers"] == ["Transformer", "Pooling"]
    assert (info.dim, info.max_tokens, info.device) == (16, 32, "cpu")


def test_a_pooling_layer_without_a_mode_is_pointed_out(plain_model, tmp_path):
    folder = tmp_path / "model"
    loaded(plain_model)._model.save(str(folder))
    (folder / "1_Pooling/config.json").write_text('{"word_embedding_dimension": 16, "pooling_mode_cls_token": false}')

    notes = loaded(folder).info.notes

    assert any("names no mode; mean pooling is sentence-transformers' default" in note for note in notes)
    assert loaded(folder, pooling="cls").info.notes == ()


def test_cls_pooling_is_the_first_token_of_the_transformer(plain_model):
    import torch
    from transformers import AutoModel, AutoTokenizer

    provider = loaded(plain_model, pooling="cls", device="cpu")
    assert provider.info.recipe["pooling"] == "cls"
    batch = AutoTokenizer.from_pretrained(plain_model)(["a man is playing"], return_tensors="pt")
    with torch.inference_mode():
        tokens = AutoModel.from_pretrained(plain_model)(**batch).last_hidden_state
    np.testing.assert_allclose(provider.encode(["a man is playing"]).vectors, tokens[:, 0].numpy(), atol=1e-6)


def test_normalize_and_truncate_dim(plain_model):
    full = loaded(plain_model).encode(["a man"]).vectors
    provider = loaded(plain_model, truncate_dim=4, normalize=True)
    short = provider.encode(["a man"]).vectors
    assert provider.info.dim == 4
    np.testing.assert_allclose(short, full[:, :4] / np.linalg.norm(full[:, :4]), rtol=1e-5)


def test_truncate_dim_above_the_dimension(plain_model):
    with pytest.raises(UsageError, match="above the model's 16 dimensions"):
        SbertProvider(str(plain_model), truncate_dim=17)


def test_the_dimension_of_a_folder_is_that_of_its_last_layer(make_model):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = make_model(prompts={"query": ""})
    SbertProvider(str(model), truncate_dim=16)
    bare = SentenceTransformer(str(model), device="cpu")
    bare.append(Dense(16, 8))
    bare.save(str(model), create_model_card=False)
    with pytest.raises(UsageError, match="above the model's 8 dimensions"):
        SbertProvider(str(model), truncate_dim=9)


def as_pickle(folder):
    """Rewrite a model's safetensors as a pickle."""
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


def test_weights_as_pickle_only_are_refused_unless_asked(make_model):
    model = make_model()
    wanted = loaded(model).encode(["a man"]).vectors
    as_pickle(model)
    with pytest.raises(UsageError, match=r"are a pickle \(pytorch_model\.bin\)") as caught:
        SbertProvider(str(model))
    assert "allow_pickle: true" in caught.value.hint
    provider = loaded(model, allow_pickle=True)
    np.testing.assert_allclose(provider.encode(["a man"]).vectors, wanted, atol=1e-6)
    assert provider.info.recipe["allow_pickle"] is True
    assert "allow_pickle" in provider.info.notes[-1]


def test_a_layer_as_pickle_only_is_refused_too(make_model):
    model = make_model(prompts={"query": ""})
    (model / "1_Pooling" / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(UsageError, match="1_Pooling"):
        SbertProvider(str(model))


def test_remote_code_is_off_unless_asked_and_noted(plain_model):
    assert loaded(plain_model).info.recipe["trust_remote_code"] is False
    trusting = loaded(plain_model, trust_remote_code=True).info
    assert trusting.recipe["trust_remote_code"] is True
    assert any("trust_remote_code" in note for note in trusting.notes)


def test_int8_does_not_depend_on_the_batch_at_hand(minilm, minilm_name):
    provider = loaded(minilm_name, precision="int8")
    alone = np.vstack([provider.encode([text]).vectors for text in GUITAR])
    together = provider.encode([*GUITAR, "x " * 100]).vectors[:2]
    step = 0.4 / 255  # of a unit vector of 384 dimensions, no range is above 0.4; a level's neighbour is one step off
    np.testing.assert_allclose(alone, together, atol=2 * step)
    assert np.mean(alone == together) > 0.99
    exact = minilm.encode(GUITAR).vectors
    cosine = np.sum(alone * exact, axis=1) / np.linalg.norm(alone, axis=1) / np.linalg.norm(exact, axis=1)
    assert alone.dtype == np.float32
    assert (cosine > 0.99).all()  # built-in texts: ranges cut 3 to 4 % of the values of other texts
    assert not np.array_equal(alone, exact)
    facts = provider.info.recipe["calibration"]
    assert (facts["source"], facts["texts"], len(facts["sha256"])) == ("built-in", 172, 64)


def test_int8_takes_its_ranges_from_a_file(plain_model, tmp_path):
    texts = [f"a man is playing {'the guitar ' * i}" for i in range(20)]
    file = tmp_path / "mine.txt"
    file.write_text("\n\n".join(texts), encoding="utf-8")
    provider = loaded(plain_model, precision="int8", calibration=str(file))
    assert provider.info.recipe["calibration"] | {"sha256": ""} == {"source": "mine.txt", "texts": 20, "sha256": ""}
    exact = loaded(plain_model).encode(texts).vectors
    low, high = exact.min(axis=0), exact.max(axis=0)
    rounded = provider.encode(texts).vectors
    assert (np.abs(rounded - exact) <= (high - low) / 255 / 2 * 1.01 + 1e-6).all()
    for content, message in [("a\nb", "holds 2 texts"), (b"\xff\xfe", "not UTF-8")]:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(UsageError, match=message):
            SbertProvider(str(plain_model), precision="int8", calibration=str(file))
    with pytest.raises(UsageError, match="cannot be read"):
        SbertProvider(str(plain_model), precision="int8", calibration=str(tmp_path / "none.txt"))


def test_binary_is_the_sign(plain_model):
    exact = loaded(plain_model).encode(["a man", "the guitar"]).vectors
    provider = loaded(plain_model, precision="binary")
    vectors = provider.encode(["a man", "the guitar"]).vectors
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, np.where(exact > 0, 1, -1))
    assert provider.info.recipe["precision"] == "binary"


def test_prompt_goes_before_each_text_and_is_counted(make_model):
    model = make_model(prompts={"query": "query : ", "document": ""})
    plain, prompted, named = loaded(model), loaded(model, prompt="query : "), loaded(model, prompt_name="query")
    wanted = plain.encode(["query : a man"]).vectors
    np.testing.assert_allclose(prompted.encode(["a man"]).vectors, wanted, atol=1e-6)
    np.testing.assert_allclose(named.encode(["a man"]).vectors, wanted, atol=1e-6)
    assert named.info.recipe["prompt"] == "query : "
    assert plain.count_tokens(["a man"]) == [4]
    assert named.count_tokens(["a man"]) == [6]
    with pytest.raises(ProviderError, match="no prompt 'passage'"):
        loaded(model, prompt_name="passage")


def test_max_seq_length_cuts_and_the_count_does_not(plain_model):
    provider = loaded(plain_model, max_seq_length=6)
    assert provider.info.max_tokens == provider.info.recipe["max_seq_length"] == 6
    cut, whole = provider.encode(["a man is playing", "a man is playing the guitar"]).vectors
    np.testing.assert_allclose(whole, cut, atol=1e-6)
    assert provider.count_tokens(["", "a man is playing", "a man " * 50]) == [2, 6, 102]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_comes_back_as_float32(plain_model, dtype):
    wanted = loaded(plain_model).encode(["a man"]).vectors
    vectors = loaded(plain_model, dtype=dtype).encode(["a man"]).vectors
    assert vectors.dtype == np.float32
    assert not np.array_equal(vectors, wanted)
    np.testing.assert_allclose(vectors, wanted, atol=0.05)


def test_threads_hold_during_a_call_only(plain_model, monkeypatch):
    import torch
    from sentence_transformers import SentenceTransformer

    before = torch.get_num_threads()
    seen = []
    plain = SentenceTransformer.encode

    def spy(self, *args, **keywords):
        seen.append(torch.get_num_threads())
        return plain(self, *args, **keywords)

    provider = loaded(plain_model, threads=before + 1)
    monkeypatch.setattr(SentenceTransformer, "encode", spy)
    provider.encode(["a"])
    assert seen == [before + 1]
    assert torch.get_num_threads() == before


def test_what_torch_raises_becomes_a_provider_error(plain_model, monkeypatch):
    import torch
    from sentence_transformers import SentenceTransformer

    provider = loaded(plain_model)
    for error, message in [(torch.OutOfMemoryError("x"), "out of device memory"), (RuntimeError("y\nz"), "y$")]:
        monkeypatch.setattr(SentenceTransformer, "encode", _raising(error))
        with pytest.raises(ProviderError, match=message):
            provider.encode(["a"])


def test_damaged_weights(make_model):
    model = make_model()
    (model / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ProviderError, match="cannot be loaded"):
        loaded(model)


def test_a_device_this_machine_lacks(plain_model, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ProviderError, match="'cuda' is asked for"):
        loaded(plain_model, device="cuda")


def test_cuda_gives_the_vectors_of_the_cpu(plain_model):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    provider = loaded(plain_model, device="cuda")
    vectors = provider.encode(["a man"]).vectors
    provider.sync()
    assert provider.info.device == "cuda:0"
    np.testing.assert_allclose(vectors, loaded(plain_model, device="cpu").encode(["a man"]).vectors, atol=1e-3)


def test_minilm_gives_what_sentence_transformers_gives(minilm, minilm_name):
    from sentence_transformers import SentenceTransformer

    from embedmark.api import resolve_model

    vectors = minilm.encode(GUITAR).vectors
    assert (vectors.shape, vectors.dtype) == ((2, 384), np.float32)
    bare = SentenceTransformer(str(resolve_model(minilm_name)), device=minilm.info.device)
    np.testing.assert_allclose(vectors, bare.encode(GUITAR), atol=1e-6)
    assert minilm.info.max_tokens == 256
    assert minilm.info.similarity == "cosine"
    assert minilm.info.recipe["layers"] == ["Transformer", "Pooling", "Normalize"]
    assert minilm.count_tokens(["", "x " * 600]) == [2, 602]


@pytest.mark.parametrize(("pooling", "cosine"), [("cls", 0.856), ("mean", 0.652), ("max", 0.810)])
def test_a_given_pooling_wins_over_the_models_own(minilm_name, cosines, pooling, cosine):
    provider = loaded(minilm_name, pooling=pooling)
    vectors = provider.encode(GUITAR).vectors
    assert float(cosines(vectors[:1], vectors[1:])[0]) == pytest.approx(cosine, abs=0.0006)
    assert provider.info.recipe["pooling"] == pooling
    assert provider.info.recipe["pooling_of_model"] == "mean"
    wins = [f"options.pooling wins: {pooling} pooling, where the model's own is mean"]
    assert list(provider.info.notes) == ([] if pooling == "mean" else wins)


@pytest.mark.slow
def test_minilm_reaches_its_published_spearman(minilm, stsb_test, cosines):
    texts = sorted({*stsb_test.sentence1, *stsb_test.sentence2}, key=len)
    batches = [texts[start : start + 32] for start in range(0, len(texts), 32)]
    vectors = dict(zip(texts, np.vstack([minilm.encode(batch).vectors for batch in batches]), strict=True))
    left = np.stack([vectors[text] for text in stsb_test.sentence1])
    right = np.stack([vectors[text] for text in stsb_test.sentence2])
    assert len(stsb_test) == 1379
    assert spearmanr(cosines(left, right), stsb_test.gold)[0] == pytest.approx(0.8203, abs=5e-5)


def test_no_machine_path_is_in_the_recipe(plain_model):
    assert str(plain_model) not in str(loaded(plain_model).info.recipe)


def _raising(error):
    def call(*args, **keywords):
        raise error

    return call
