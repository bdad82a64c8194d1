from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedmark.errors import ProviderError, UsageError
from embedmark_providers.cross_encoder import CrossEncoderProvider

PAIRS = [("a man is playing", "the guitar"), ("a man", "a man"), ("", "a")]


def loaded(model, **options):
    provider = CrossEncoderProvider(str(model), **options)
    provider.load()
    return provider


def test_a_model_without_head_is_refused(plain_model):
    with pytest.raises(UsageError, match="no trained cross-encoder head") as caught:
        CrossEncoderProvider(str(plain_model))
    assert "untrained_head: true" in caught.value.hint


def test_a_bi_encoder_is_refused(minilm_name):
    with pytest.raises(UsageError, match="is a bi-encoder") as caught:
        CrossEncoderProvider(minilm_name)
    assert caught.value.hint.startswith("use: sbert;")


def test_several_labels_are_refused_unless_one_is_named(make_model):
    for labels in (2, 3):  # 2 is transformers' default, which config.json leaves out
        model = make_model(head_labels=labels)
        with pytest.raises(UsageError, match=f"predicts {labels} labels") as caught:
            CrossEncoderProvider(str(model))
        assert caught.value.hint.startswith("options: {label: NAME} with the label that means 'similar'")
    with pytest.raises(UsageError, match="no label 'entailment'") as caught:
        CrossEncoderProvider(str(model), label="entailment")
    assert caught.value.hint == "one of: LABEL_0, LABEL_1, LABEL_2"
    with pytest.raises(UsageError, match="one label only"):
        CrossEncoderProvider(str(make_model(head_labels=1)), label="LABEL_0")
    with pytest.raises(UsageError, match="both given"):
        CrossEncoderProvider(str(model), label="LABEL_0", untrained_head=True)


def test_the_score_of_a_label_is_its_probability(make_model):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = make_model(head_labels=3)
    names = {"0": "contradiction", "1": "entailment", "2": "neutral"}
    config = json.loads((model / "config.json").read_text())
    config |= {"id2label": names, "label2id": {name: int(i) for i, name in names.items()}}
    (model / "config.json").write_text(json.dumps(config))
    provider = loaded(model, label="entailment", device="cpu")
    tokenizer, bare = AutoTokenizer.from_pretrained(model), AutoModelForSequenceClassification.from_pretrained(model)
    with torch.inference_mode():
        logits = [bare(**tokenizer(*pair, return_tensors="pt")).logits[0] for pair in PAIRS]
    wanted = [torch.softmax(row, 0)[1].item() for row in logits]
    values = provider.predict(PAIRS).values
    assert (values.shape, values.dtype) == ((3,), np.float32)
    np.testing.assert_allclose(values, wanted, atol=1e-6)
    assert (provider.info.recipe["label"], provider.info.recipe["activation"]) == ("entailment", "Softmax")


def test_symmetric_is_the_harness_s_to_do(make_model):
    model = make_model(head_labels=1)
    plain, symmetric = loaded(model), loaded(model, symmetric=True)
    assert (plain.info.symmetric, symmetric.info.symmetric) == (False, True)
    assert symmetric.info.recipe["symmetric"] is True
    np.testing.assert_array_equal(plain.predict(PAIRS).values, symmetric.predict(PAIRS).values)


def test_a_pickle_is_refused(make_model):
    model = make_model(head_labels=1)
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(UsageError, match="are a pickle"):
        CrossEncoderProvider(str(model))


def test_untrained_head_on_a_trained_model_is_refused(make_model):
    with pytest.raises(UsageError, match="has a trained head"):
        CrossEncoderProvider(str(make_model(head_labels=1)), untrained_head=True)


def test_the_untrained_head_is_the_same_each_time(plain_model):
    import torch

    torch.manual_seed(1)
    first = loaded(plain_model, untrained_head=True)
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    second = loaded(plain_model, untrained_head=True)
    assert torch.equal(torch.random.get_rng_state(), state)
    np.testing.assert_array_equal(first.predict(PAIRS).values, second.predict(PAIRS).values)
    assert first.info.untrained
    assert first.info.recipe["untrained_head"] is True


def test_before_load_and_after_close(make_model):
    provider = CrossEncoderProvider(str(make_model(head_labels=1)))
    info = provider.info
    assert (info.plugin, info.kind, info.untrained, info.dim) == ("cross-encoder", "cross-encoder", False, None)
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.predict(PAIRS)
    provider.load()
    provider.sync()
    provider.close()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.predict(PAIRS)


def test_scores_are_those_of_the_head(make_model, capfd):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = make_model(head_labels=1)
    provider = loaded(model, device="cpu")
    values = provider.predict(PAIRS).values
    assert (values.shape, values.dtype) == ((3,), np.float32)
    tokenizer, bare = AutoTokenizer.from_pretrained(model), AutoModelForSequenceClassification.from_pretrained(model)
    with torch.inference_mode():
        wanted = [torch.sigmoid(bare(**tokenizer(*pair, return_tensors="pt")).logits).item() for pair in PAIRS]
    np.testing.assert_allclose(values, wanted, atol=1e-6)
    assert provider.info.recipe["activation"] == "Sigmoid"


def test_loading_and_predicting_print_nothing(plain_model, capfd):
    loaded(plain_model, untrained_head=True).predict([("a " * 50, "man " * 50)])
    assert capfd.readouterr() == ("", "")


def test_max_seq_length_cuts_pairs(make_model):
    provider = loaded(make_model(head_labels=1), max_seq_length=7)
    assert provider.info.max_tokens == provider.info.recipe["max_seq_length"] == 7
    cut, whole = provider.predict([("a man", "the guitar"), ("a man", "the guitar is playing a man")]).values
    assert whole == pytest.approx(cut, abs=1e-6)


def test_tokens_are_those_of_the_pair_uncut(make_model):
    provider = loaded(make_model(head_labels=1), max_seq_length=7)
    assert provider.count_tokens([("", ""), ("a man", "the guitar"), ("a man " * 50, "a")]) == [3, 7, 104]


def test_no_pairs_are_refused(make_model):
    with pytest.raises(ProviderError, match="at least one pair"):
        loaded(make_model(head_labels=1)).predict([])


def test_a_folder_that_sentence_transformers_saved(make_model, tmp_path):
    from sentence_transformers import CrossEncoder

    model = make_model(head_labels=1)
    CrossEncoder(str(model), device="cpu").save(str(tmp_path), create_model_card=False)
    assert json.loads((tmp_path / "config_sentence_transformers.json").read_text())["model_type"] == "CrossEncoder"
    np.testing.assert_allclose(loaded(tmp_path).predict(PAIRS).values, loaded(model).predict(PAIRS).values, atol=1e-6)


@pytest.mark.slow
def test_minilm_with_an_untrained_head_predicts(minilm_name):
    values = loaded(minilm_name, untrained_head=True).predict(PAIRS).values
    assert np.isfinite(values).all()


@pytest.mark.slow
def test_a_trained_cross_encoder_reaches_its_recorded_spearman(trained_cross_encoder, stsb_test):
    provider = loaded(trained_cross_encoder)
    pairs = list(zip(stsb_test.sentence1, stsb_test.sentence2, strict=True))
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    batches = [order[start : start + 32] for start in range(0, len(order), 32)]
    values = np.concatenate([provider.predict([pairs[i] for i in batch]).values for batch in batches])
    assert spearmanr(values, stsb_test.gold[order])[0] == pytest.approx(0.8326, abs=5e-5)
