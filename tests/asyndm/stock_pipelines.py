"""diffusers' own pipelines as references: latents out, the same seed, the same scheduler."""

import inspect
import textwrap
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.pipelines.stable_diffusion import pipeline_stable_diffusion_inpaint
from PIL import Image
from torch import Tensor

from asyndm.request import Request


def stock_pipeline(folder: Path, kind: str) -> Any:
    """A pipeline of diffusers on the CPU in float32, with DDIM and no progress bar."""
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    pipeline = getattr(diffusers, kind).from_pretrained(
        folder, dtype=torch.float32, safety_checker=None, requires_safety_checker=False
    )
    scheduler: Any = diffusers.DDIMScheduler
    pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def stock_latents(pipeline: Any, request: Request, **extra: Any) -> Tensor:
    """The latents diffusers' pipeline ends with for a request (1, C, h, w)."""
    result = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt or None,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        eta=request.eta,
        generator=torch.Generator().manual_seed(request.seed),
        output_type="latent",
        **extra,
    )
    latents: Tensor = result.images
    return latents


def inpaint_inputs(request: Request) -> dict[str, Any]:
    """Picture, mask and strength as the inpainting pipeline takes them."""
    assert request.image is not None
    height, width = request.image.shape[:2]
    mask = Image.new("L", (width, height), 0)
    for region in request.regions:
        mask.paste(255, mask=Image.fromarray(((region.mask > 0) * 255).astype("uint8")))
    return {
        "image": Image.fromarray(request.image),
        "mask_image": mask,
        "height": height,
        "width": width,
        "strength": request.strength,
    }


def take_any_channels(pipeline: Any, latent_channels: int) -> None:
    """Let the stock inpainting pipeline run a model whose latents have not four channels.

    Its ``__call__`` knows only networks of 4 and of 9 input channels. The same source is compiled
    with those two numbers replaced; not a word of it is otherwise changed.
    """
    source = textwrap.dedent(inspect.getsource(type(pipeline).__call__))
    assert source.count("num_channels_unet == 4") == 2
    assert source.count("num_channels_unet == 9") == 2
    source = source.replace("num_channels_unet == 4", f"num_channels_unet == {latent_channels}")
    source = source.replace(
        "num_channels_unet == 9", f"num_channels_unet == {2 * latent_channels + 1}"
    )
    source = source.replace("@replace_example_docstring(EXAMPLE_DOC_STRING)\n", "")
    source = source.replace("num_channels_unet != 4", f"num_channels_unet != {latent_channels}")
    names = dict(vars(pipeline_stable_diffusion_inpaint))
    exec(source, names)
    derived = type(type(pipeline).__name__, (type(pipeline),), {"__call__": names["__call__"]})
    pipeline.__class__ = derived
