"""The diffusers pipelines the engine runs, as data: their parts and what they can be used for."""

from dataclasses import dataclass, field
from typing import Any

from asyndm.request import Task

_CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")


@dataclass(frozen=True)
class PipelineClass:
    """One class of pipelines.

    Attributes:
        tasks: what its models can do.
        parts: each part it needs, and the classes that this may be of.
        unused: arguments of ``from_pretrained`` that leave out what is never run here.
        inpaints: whether its network may take mask and masked latents as input channels.
    """

    tasks: tuple[Task, ...]
    parts: dict[str, tuple[str, ...]]
    unused: dict[str, Any] = field(default_factory=dict)
    inpaints: bool = False

    @property
    def weighted(self) -> tuple[str, ...]:
        """The parts that have weights."""
        return tuple(part for part in self.parts if not part.startswith("tokenizer"))


_SD_PARTS = {
    "unet": ("UNet2DConditionModel",),
    "vae": ("AutoencoderKL",),
    "text_encoder": ("CLIPTextModel",),
    "tokenizer": _CLIP,
}
_SDXL_PARTS = {
    **_SD_PARTS,
    "text_encoder_2": ("CLIPTextModelWithProjection",),
    "tokenizer_2": _CLIP,
}
_SD_UNUSED = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
_SDXL_UNUSED = {"add_watermarker": False}
_ALL: tuple[Task, ...] = ("generate", "repair", "inpaint")

PIPELINES = {
    "StableDiffusionPipeline": PipelineClass(_ALL, _SD_PARTS, _SD_UNUSED),
    "StableDiffusionInpaintPipeline": PipelineClass(
        ("inpaint",), _SD_PARTS, _SD_UNUSED, inpaints=True
    ),
    "StableDiffusionXLPipeline": PipelineClass(_ALL, _SDXL_PARTS, _SDXL_UNUSED),
    "StableDiffusionXLInpaintPipeline": PipelineClass(
        ("inpaint",), _SDXL_PARTS, _SDXL_UNUSED, inpaints=True
    ),
}
USUAL = PIPELINES["StableDiffusionPipeline"]
"""Whose parts are looked for in a folder that does not say what it is."""
