"""Where a training runs and in which precision: the same scripts on a CPU and on a GPU."""

from typing import TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def choose_device(name: str = "auto") -> torch.device:
    """The named device, or for "auto" the GPU if there is one."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fast_bfloat16(device: torch.device) -> bool:
    """Whether a device computes in bf16: a CPU without such instructions emulates it, slowly."""
    if device.type != "cpu":
        return True
    return bool(torch.cpu._is_avx512_bf16_supported())


def autocast(device: torch.device, enabled: bool = True) -> torch.autocast:
    """The context in which every training step and evaluation runs: bf16 where that is fast."""
    usable = enabled and fast_bfloat16(device)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=usable)


def place(module: Module, device: torch.device) -> Module:
    """Move a module to a device; keeps the module's own type, which diffusers' `to` loses."""
    nn.Module.to(module, device)
    return module


def with_layout(module: Module, layout: torch.memory_format) -> Module:
    """Store a module's 4-D weights in a memory layout, in place."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=layout)
    return module


def channels_last(module: Module, device: torch.device) -> Module:
    """Move a module to a device, its kernels channels last: bf16 convolutions run fastest so."""
    return with_layout(place(module, device), torch.channels_last)
