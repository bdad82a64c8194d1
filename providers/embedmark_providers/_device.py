"""Devices that torch computes on: which one, its barrier, its memory."""

from __future__ import annotations

import gc
from typing import Any

from embedmark.errors import NotAvailableError


def pick(device: str) -> str:
    """`auto` becomes cuda, mps or cpu, in this order. Raises NotAvailableError: a device this machine lacks."""
    import torch

    cuda, mps = torch.cuda.device_count(), torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    index = int(device.partition(":")[2] or 0)
    if (device.startswith("cuda") and index >= cuda) or (device == "mps" and not mps):
        raise NotAvailableError(
            f"device {device!r} is asked for, and torch {torch.__version__} sees none here", hint="device: auto"
        )
    return device


def synchronize(device: str | None) -> None:
    """Wait until all that was queued on the device is done. Nothing to wait for on a CPU."""
    import torch

    if device is not None and device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device == "mps":
        torch.mps.synchronize()


def release(device: str | None) -> None:
    """Give the memory of models that nothing refers to any more back to the device."""
    import torch

    gc.collect()
    if device is not None and device.startswith("cuda"):
        torch.cuda.empty_cache()


def footprint(device: str | None, *models: Any) -> dict[str, Any]:
    """Return what loaded modules take, of JSON types; memory in MB (2**20 bytes).

    Of every device: `parameters` and `weights_mb`, of the modules' own tensors, each counted once where two modules
    are the same. Of CUDA, beside them: `device_name`, `device_memory_mb` (all that it has) and `device_peak_mb`, the
    most that torch had allocated at once in this process: of a provider alone under `isolate: process`, of all
    providers together otherwise. CUDA's own context comes on top of it.
    """
    import torch

    tensors = {id(t): t for model in models if model is not None for t in (*model.parameters(), *model.buffers())}
    if not tensors:
        return {}
    facts: dict[str, Any] = {
        "parameters": sum(t.numel() for t in tensors.values() if isinstance(t, torch.nn.Parameter)),
        "weights_mb": round(sum(t.numel() * t.element_size() for t in tensors.values()) / 2**20, 1),
    }
    if device is not None and device.startswith("cuda"):
        facts["device_name"] = torch.cuda.get_device_name(device)
        facts["device_memory_mb"] = torch.cuda.get_device_properties(device).total_memory // 2**20
        facts["device_peak_mb"] = round(torch.cuda.max_memory_allocated(device) / 2**20, 1)
    return facts
