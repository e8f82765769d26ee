"""Asynchronous denoising diffusion: every latent pixel has its own timestep (arXiv:2510.04504).

The public names below resolve lazily, so that ``import asyndm`` costs no torch import: the window
process uses the request, the events, the schedule, the words and the catalogue, and never torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyndm.attention_maps import token_masks
    from asyndm.catalogue import Catalogue
    from asyndm.engine import Engine
    from asyndm.errors import EngineError, ModelError, RequestError
    from asyndm.events import (
        Cancelled,
        Event,
        Failed,
        Finished,
        Loading,
        Notice,
        Step,
        event_from_record,
    )
    from asyndm.per_pixel_time import per_pixel_time
    from asyndm.request import Lora, Region, Request
    from asyndm.samplers.ddim import ddim_step
    from asyndm.samplers.ddpm import ddpm_step
    from asyndm.samplers.dpmpp_2m import dpmpp_2m_step
    from asyndm.samplers.flow import flow_euler_step, flow_heun_step
    from asyndm.schedule import Schedule
    from asyndm.words import Word, object_tokens, object_words, words_from_list

_HOMES = {
    "Cancelled": "events",
    "Catalogue": "catalogue",
    "Engine": "engine",
    "EngineError": "errors",
    "Event": "events",
    "Failed": "events",
    "Finished": "events",
    "Loading": "events",
    "Lora": "request",
    "ModelError": "errors",
    "Notice": "events",
    "Region": "request",
    "Request": "request",
    "RequestError": "errors",
    "Schedule": "schedule",
    "Step": "events",
    "Word": "words",
    "ddim_step": "samplers.ddim",
    "ddpm_step": "samplers.ddpm",
    "dpmpp_2m_step": "samplers.dpmpp_2m",
    "event_from_record": "events",
    "flow_euler_step": "samplers.flow",
    "flow_heun_step": "samplers.flow",
    "object_tokens": "words",
    "object_words": "words",
    "per_pixel_time": "per_pixel_time",
    "token_masks": "attention_maps",
    "words_from_list": "words",
}

__all__ = [
    "Cancelled",
    "Catalogue",
    "Engine",
    "EngineError",
    "Event",
    "Failed",
    "Finished",
    "Loading",
    "Lora",
    "ModelError",
    "Notice",
    "Region",
    "Request",
    "RequestError",
    "Schedule",
    "Step",
    "Word",
    "ddim_step",
    "ddpm_step",
    "dpmpp_2m_step",
    "event_from_record",
    "flow_euler_step",
    "flow_heun_step",
    "object_tokens",
    "object_words",
    "per_pixel_time",
    "token_masks",
    "words_from_list",
]


def __getattr__(name: str) -> object:
    """Import the home of a public name on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'asyndm' has no attribute {name!r}")
    return getattr(import_module(f"asyndm.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
