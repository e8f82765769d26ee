"""The diffusers pipelines the engine runs, as data: their parts and what they can be used for."""

from dataclasses import dataclass, field
from typing import Any

from asyndm.request import Sampler, Task

_CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")
_T5 = ("T5Tokenizer", "T5TokenizerFast")


@dataclass(frozen=True)
class PipelineClass:
    """One class of pipelines.

    Attributes:
        family: which family of models it belongs to: "sd", "sdxl", "sd3" or "flux".
        tasks: what its models can do.
        samplers: that its models may use; the first is their own.
        parts: each part it needs, and the classes that this may be of.
        optional: parts that a folder may lack.
        unused: arguments of ``from_pretrained`` that leave out what is never run here.
        inpaints: whether its network may take mask and masked latents as input channels.
        patch: latent pixels along the side of a token; all of a token have one timestep.
    """

    family: str
    tasks: tuple[Task, ...]
    samplers: tuple[Sampler, ...]
    parts: dict[str, tuple[str, ...]]
    optional: tuple[str, ...] = ()
    unused: dict[str, Any] = field(default_factory=dict)
    inpaints: bool = False
    patch: int = 1

    @property
    def weighted(self) -> tuple[str, ...]:
        """The parts that have weights."""
        return tuple(part for part in self.parts if not part.startswith("tokenizer"))

    @property
    def network(self) -> str:
        """The part that denoises."""
        return next(iter(self.parts))

    @property
    def is_flow(self) -> bool:
        """Whether its models were trained by flow matching, with a sigma for a noise level."""
        return self.samplers[0].startswith("flow")


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
_SD3_PARTS = {
    "transformer": ("SD3Transformer2DModel",),
    "vae": ("AutoencoderKL",),
    "text_encoder": ("CLIPTextModelWithProjection",),
    "tokenizer": _CLIP,
    "text_encoder_2": ("CLIPTextModelWithProjection",),
    "tokenizer_2": _CLIP,
    "text_encoder_3": ("T5EncoderModel",),
    "tokenizer_3": _T5,
}
_FLUX_PARTS = {
    "transformer": ("FluxTransformer2DModel",),
    "vae": ("AutoencoderKL",),
    "text_encoder": ("CLIPTextModel",),
    "tokenizer": _CLIP,
    "text_encoder_2": ("T5EncoderModel",),
    "tokenizer_2": _T5,
}
_SD_UNUSED = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
_SDXL_UNUSED = {"add_watermarker": False}
_DIT_UNUSED = {"image_encoder": None, "feature_extractor": None}
_ALL: tuple[Task, ...] = ("generate", "repair", "inpaint")
_INPAINT: tuple[Task, ...] = ("inpaint",)
_VP: tuple[Sampler, ...] = ("ddim", "ddpm", "dpmpp_2m")
_FLOW: tuple[Sampler, ...] = ("flow_euler", "flow_heun")

PIPELINES = {
    "StableDiffusionPipeline": PipelineClass("sd", _ALL, _VP, _SD_PARTS, unused=_SD_UNUSED),
    "StableDiffusionInpaintPipeline": PipelineClass(
        "sd", _INPAINT, _VP, _SD_PARTS, unused=_SD_UNUSED, inpaints=True
    ),
    "StableDiffusionXLPipeline": PipelineClass("sdxl", _ALL, _VP, _SDXL_PARTS, unused=_SDXL_UNUSED),
    "StableDiffusionXLInpaintPipeline": PipelineClass(
        "sdxl", _INPAINT, _VP, _SDXL_PARTS, unused=_SDXL_UNUSED, inpaints=True
    ),
    "StableDiffusion3Pipeline": PipelineClass(
        "sd3", _ALL, _FLOW, _SD3_PARTS, optional=("text_encoder_3", "tokenizer_3"),
        unused=_DIT_UNUSED, patch=2,
    ),
    "FluxPipeline": PipelineClass("flux", _ALL, _FLOW, _FLUX_PARTS, unused=_DIT_UNUSED, patch=2),
    "FluxFillPipeline": PipelineClass("flux", _INPAINT, _FLOW, _FLUX_PARTS, inpaints=True, patch=2),
    "FluxKontextPipeline": PipelineClass(
        "flux", ("edit",), _FLOW, _FLUX_PARTS, unused=_DIT_UNUSED, patch=2
    ),
}  # fmt: skip
USUAL = PIPELINES["StableDiffusionPipeline"]
"""Whose parts are looked for in a folder that does not say what it is."""
