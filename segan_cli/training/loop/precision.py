"""bfloat16 where the device computes in it: convolutions in half the time, their sums in float32."""

from __future__ import annotations

import torch


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has units for bfloat16, so that it is quicker there than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    told = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return device.type == "cpu" and told is not None and bool(told())


def autocast(device: torch.device, wanted: bool) -> torch.autocast:
    """The context in which networks compute: bfloat16 where it is wanted and the device has it, else as it is."""
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted and has_bfloat16(device))
