"""Between pictures and latents: encode, decode, and a cheap linear preview.

Terms: the latent *factor* is the number of picture pixels along the side of a latent pixel; a
VAE's *scaling factor* brings its latents to unit variance, *shift* (0 where it has none) centres
them: z = (encode(x) - shift) * scale.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from asyndm.errors import EngineError

PREVIEW_FILE = "latent_rgb.json"
_FIT_SIDE = 32  # latent pixels along the side of the pattern a missing preview map is fitted to


@dataclass(frozen=True)
class LatentFormat:
    """How a model's latents relate to pictures.

    Attributes:
        channels: of the latents.
        factor: picture pixels per latent pixel, along a side.
        scale: the VAE's scaling factor.
        shift: the VAE's shift factor, 0 if it has none.
        rgb: float32 (channels + 1, 3), linear map from latents and a constant 1 to RGB in [0, 1].
    """

    channels: int
    factor: int
    scale: float
    shift: float
    rgb: Tensor

    def preview(self, latents: Tensor) -> NDArray[np.uint8]:
        """A picture on the latent grid: (1, C, h, w) to uint8 (h, w, 3)."""
        flat = latents[0].float().cpu().permute(1, 2, 0)
        colour = flat @ self.rgb[:-1] + self.rgb[-1]
        return to_bytes(colour)


def latent_format(vae: Any, folder: Path, device: torch.device | None = None) -> LatentFormat:
    """Read a VAE's format; its preview map comes from the model's folder or is fitted anew.

    Args:
        vae: an ``AutoencoderKL``, ready to run.
        folder: of the model; may hold ``latent_rgb.json`` with `matrix` (C x 3) and `bias` (3).
        device: where the VAE computes, if its weights wait elsewhere.
    """
    config = vae.config
    scale, shift = float(config.scaling_factor), float(config.shift_factor or 0.0)
    factor = 2 ** (len(config.block_out_channels) - 1)
    rgb = _stored_preview(folder / PREVIEW_FILE, config.latent_channels)
    if rgb is None:
        rgb = _fitted_preview(vae, scale, shift, factor, device or vae.device)
    return LatentFormat(config.latent_channels, factor, scale, shift, rgb)


def encode(
    vae: Any, picture: Tensor, form: LatentFormat, generator: torch.Generator | None
) -> Tensor:
    """Latents of a picture.

    Args:
        vae: an ``AutoencoderKL``.
        picture: float (1, 3, H, W) in [-1, 1], on the device where the VAE computes.
        form: the VAE's format.
        generator: on the CPU, for a sample of the posterior as diffusers' pipelines take it; None
            = its mode.

    Returns:
        float32 (1, C, h, w) on the same device.
    """
    posterior = vae.encode(picture.to(vae.dtype)).latent_dist
    if generator is None:
        z = posterior.mode().float()
    else:
        noise = torch.randn(posterior.mean.shape, generator=generator, dtype=torch.float32)
        z = posterior.mean.float() + posterior.std.float() * noise.to(picture.device)
    scaled: Tensor = (z - form.shift) * form.scale
    return scaled


def decode(vae: Any, latents: Tensor, form: LatentFormat) -> NDArray[np.uint8]:
    """Picture of latents, on the device where the VAE computes: (1, C, h, w) to uint8 (H, W, 3).

    Some decoders exceed the range of float16; such a picture is decoded again in float32.

    Raises:
        EngineError: the decoder gave NaN or infinite values.
    """
    z = latents / form.scale + form.shift
    dtype: torch.dtype = vae.dtype
    decoded = _decoded(vae, z)
    if dtype != torch.float32 and not _is_finite(decoded):
        try:
            decoded = _decoded(vae.to(torch.float32), z)
        finally:
            vae.to(dtype)
    if not _is_finite(decoded):
        raise EngineError(
            "The model gave invalid numbers (NaN) for the picture's colours; its files may be "
            "damaged."
        )
    return to_bytes(decoded[0].float().cpu().permute(1, 2, 0) / 2 + 0.5)


def _decoded(vae: Any, z: Tensor) -> Tensor:
    decoded: Tensor = vae.decode(z.to(vae.dtype), return_dict=False)[0]
    return decoded


def _is_finite(values: Tensor) -> bool:
    return bool(torch.isfinite(values).all())


def to_bytes(colour: Tensor) -> NDArray[np.uint8]:
    """Round float colours in [0, 1], any others clamped, to uint8."""
    rounded: NDArray[np.uint8] = (colour.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    return rounded


def from_bytes(picture: NDArray[np.uint8]) -> Tensor:
    """A uint8 (H, W, 3) picture as float32 (1, 3, H, W) in [-1, 1]."""
    scaled = torch.from_numpy(np.array(picture)).float() / 255
    return (2 * scaled - 1).permute(2, 0, 1)[None]


def _stored_preview(path: Path, channels: int) -> Tensor | None:
    """The map in a model's folder; None if there is none that fits (it is only a preview)."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        rgb = torch.tensor([*record["matrix"], record["bias"]], dtype=torch.float32)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return rgb if rgb.shape == (channels + 1, 3) else None


@torch.no_grad()
def _fitted_preview(
    vae: Any, scale: float, shift: float, factor: int, device: torch.device
) -> Tensor:
    """Least squares from the latents of a smooth random pattern to the pattern itself."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand((1, 3, _FIT_SIDE // 4, _FIT_SIDE // 4), generator=generator)
    small = F.interpolate(coarse, size=(_FIT_SIDE, _FIT_SIDE), mode="bilinear")
    picture = F.interpolate(small, scale_factor=factor, mode="nearest") * 2 - 1
    posterior = vae.encode(picture.to(device, vae.dtype)).latent_dist
    z = (posterior.mode().float().cpu() - shift) * scale
    inputs = torch.cat([z, torch.ones_like(z[:, :1])], dim=1)[0].flatten(1).T
    solution: Tensor = torch.linalg.lstsq(inputs, small[0].flatten(1).T, driver="gelsd").solution
    return solution
