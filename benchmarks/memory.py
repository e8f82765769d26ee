"""Peak of the activations of full-size models, which the constants of ``asyndm.memory`` come from.

The networks are built on torch's device "meta": no memory is used, and every tensor that would be
alive is counted, so the largest models are measured on any machine. Attention is a fused kernel's,
which forms nothing of the size N x N. ``python -m benchmarks.memory`` prints, for each model, the
peak of one step or of one decoding beyond the weights, also in what the estimate counts by.
"""

import argparse
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from benchmarks.speed_models import FLUX, SD21, SD35, SDXL

_VAE = {
    "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    "norm_num_groups": 32,
}  # fmt: skip


class FusedAttention(TorchFunctionMode):
    """Answers attention with a tensor of the right shape."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.nn.functional.scaled_dot_product_attention:
            return torch.empty_like(args[0] if args else (kwargs or {})["query"])
        return func(*args, **(kwargs or {}))


class PeakBytes:
    """Counts the bytes of the tensors made inside that are alive at once.

    Args:
        known: tensors that are not counted, nor are views of them.

    Attributes:
        peak: most bytes so far.
    """

    def __init__(self, known: Iterable[Tensor]) -> None:
        self.peak = 0
        self._now = 0
        self._seen = {tensor.untyped_storage()._cdata for tensor in known}

    def mode(self) -> Any:
        """A context within which tensors are counted."""

        def dispatch(_mode: Any, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
            output = func(*args, **(kwargs or {}))
            for tensor in tree_flatten(output)[0]:
                if isinstance(tensor, Tensor):
                    self._count(tensor)
            return output

        # The base class is not typed, so that it cannot be the base of a typed one.
        return type("_Mode", (TorchDispatchMode,), {"__torch_dispatch__": dispatch})()

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._seen:
            return
        size = storage.nbytes()
        self._seen.add(key)
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self._now -= size


def peak_of(model: Any, call: Callable[[], Any]) -> int:
    """Most bytes that the tensors made by a call hold at once, beyond the model's own."""
    own = (*model.parameters(), *model.buffers())
    counter = PeakBytes(own)
    with torch.no_grad(), FusedAttention(), counter.mode():
        call()
    return counter.peak


def meta(kind: Any, config: dict[str, Any], dtype: torch.dtype) -> Any:
    """A model without memory."""
    with torch.device("meta"):
        return kind(**config).to(dtype).eval().requires_grad_(requires_grad=False)


def empty(*shape: int, dtype: torch.dtype) -> Tensor:
    """A tensor without memory."""
    return torch.empty(shape, dtype=dtype, device="meta")


def unet_step(config: dict[str, Any], side: int, batch: int, dtype: torch.dtype) -> int:
    """One call of a UNet on latents of `side`."""
    import diffusers

    kind: Any = diffusers.UNet2DConditionModel
    unet = meta(kind, config, dtype)
    x = empty(batch, config["in_channels"], side, side, dtype=dtype)
    text = empty(batch, 77, config["cross_attention_dim"], dtype=dtype)
    extra: dict[str, Any] = {}
    if config.get("addition_embed_type"):
        added = {
            "text_embeds": empty(batch, 1280, dtype=dtype),
            "time_ids": empty(batch, 6, dtype=torch.float32),
        }
        extra["added_cond_kwargs"] = added
    t = empty(dtype=torch.float32)
    return peak_of(unet, lambda: unet(x, t, encoder_hidden_states=text, return_dict=False, **extra))


def sd3_step(config: dict[str, Any], side: int, batch: int, dtype: torch.dtype) -> int:
    """One call of an SD 3.5 transformer."""
    import diffusers

    kind: Any = diffusers.SD3Transformer2DModel
    model = meta(kind, config, dtype)
    x = empty(batch, 16, side, side, dtype=dtype)
    text, pooled = empty(batch, 333, 4096, dtype=dtype), empty(batch, 2048, dtype=dtype)
    t = empty(batch, dtype=torch.float32)
    return peak_of(model, lambda: model(x, text, pooled, t, return_dict=False))


def flux_step(side: int, batch: int, dtype: torch.dtype, *, reference: bool = False) -> int:
    """One call of a FLUX transformer; Kontext has the reference picture's tokens as well."""
    import diffusers

    kind: Any = diffusers.FluxTransformer2DModel
    model = meta(kind, {**FLUX, "num_layers": 2, "num_single_layers": 2}, dtype)
    tokens = (side // 2) ** 2 * (2 if reference else 1)
    inputs = {
        "hidden_states": empty(batch, tokens, 64, dtype=dtype),
        "encoder_hidden_states": empty(batch, 512, 4096, dtype=dtype),
        "pooled_projections": empty(batch, 768, dtype=dtype),
        "timestep": empty(batch, dtype=dtype),
        "guidance": empty(batch, dtype=dtype),
        "img_ids": empty(tokens, 3, dtype=dtype),
        "txt_ids": empty(512, 3, dtype=dtype),
    }
    return peak_of(model, lambda: model(**inputs, return_dict=False))


def vae(side: int, channels: int, dtype: torch.dtype, *, encode: bool) -> int:
    """One decoding or encoding of latents of `side`."""
    import diffusers

    kind: Any = diffusers.AutoencoderKL
    model = meta(kind, {**_VAE, "latent_channels": channels}, dtype)
    if encode:
        picture = empty(1, 3, 8 * side, 8 * side, dtype=dtype)
        return peak_of(model, lambda: model.encode(picture))
    z = empty(1, channels, side, side, dtype=dtype)
    return peak_of(model, lambda: model.decode(z, return_dict=False))


def main() -> None:
    """Print the table."""
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 192])
    sides = parser.parse_args().sides
    half = torch.float16
    medium = {**SD35, "num_layers": 2, "dual_attention_layers": (0,)}
    large = {**SD35, "num_layers": 2, "num_attention_heads": 38, "caption_projection_dim": 2432}
    for side in sides:
        pixels, tokens = side * side, side * side // 4
        for name, size, unit in (
            ("SD 2.1 UNet, batch 2", unet_step(SD21, side, 2, half), 2 * pixels * 320),
            ("SDXL UNet, batch 2", unet_step(SDXL, side, 2, half), 2 * pixels * 320),
            ("SD 3.5 medium, batch 2", sd3_step(medium, side, 2, half), 2 * (tokens + 333) * 1536),
            ("SD 3.5 large, batch 2", sd3_step(large, side, 2, half), 2 * (tokens + 333) * 2432),
            ("FLUX, batch 1", flux_step(side, 1, half), (tokens + 512) * 3072),
            ("FLUX Kontext, batch 1", flux_step(side, 1, half, reference=True),
             (2 * tokens + 512) * 3072),
            ("VAE decode", vae(side, 4, half, encode=False), 64 * pixels * 128),
            ("VAE encode", vae(side, 4, half, encode=True), 64 * pixels * 128),
            ("VAE decode, 16 channels", vae(side, 16, half, encode=False), 64 * pixels * 128),
        ):  # fmt: skip
            print(f"{side:4d}  {name:26} {size / 2**20:9.1f} MiB  {size / 2 / unit:6.2f} elements")


if __name__ == "__main__":
    main()
