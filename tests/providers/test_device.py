"""What a loaded model says of its device and memory. CUDA's figures are stood in for where there is none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from embedmark_providers import _device
from embedmark_providers.cross_encoder import CrossEncoderProvider
from embedmark_providers.sbert import SbertProvider


def test_parameters_and_weights_of_models_are_counted_once(plain_model, make_model):
    provider = SbertProvider(str(plain_model))
    assert provider.observed() == {}  # nothing is loaded
    provider.load()
    inner = provider._loaded()
    parameters = sum(p.numel() for p in inner.parameters())
    facts = provider.observed()
    assert facts["parameters"] == parameters > 0
    assert facts["weights_mb"] == pytest.approx(parameters * 4 / 2**20, abs=0.1)
    assert "device_name" not in facts
    assert _device.footprint("cpu", inner, inner) == _device.footprint("cpu", inner, None)
    provider.close()
    assert provider.observed() == {}

    cross = CrossEncoderProvider(str(make_model(head_labels=1)))
    cross.load()
    assert cross.observed()["parameters"] > 0
    cross.close()


def test_on_cuda_the_device_and_its_peak_are_named(plain_model, monkeypatch):
    import torch

    provider = SbertProvider(str(plain_model))
    provider.load()
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU at {device}")
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=80 * 2**30 + 5)
    )
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 123.456 * 2**20)
    facts = _device.footprint("cuda:1", provider._loaded())
    assert (facts["device_name"], facts["device_memory_mb"], facts["device_peak_mb"]) == ("GPU at cuda:1", 81920, 123.5)


def test_on_a_real_gpu_the_peak_holds_weights_and_a_batch(plain_model):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    provider = SbertProvider(str(plain_model), device="cuda")
    provider.load()
    provider.encode(["a sentence"] * 64)
    provider.sync()
    facts = provider.observed()
    assert facts["device_name"] == torch.cuda.get_device_name()
    assert facts["weights_mb"] <= facts["device_peak_mb"] < facts["device_memory_mb"]
