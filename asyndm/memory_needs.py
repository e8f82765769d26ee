"""How much memory a run needs: arithmetic alone, from headers and settings, without torch.

In elements of the data type of the run, the activations alive at once are, beyond the weights:

====================  ============================================================================
step of a UNet        samples x latent pixels x channels of its first level x 27 (SDXL: 17)
step of SD 3          samples x (image tokens + 333 of text) x width x 14
step of FLUX          samples x (image tokens, reference included, + 512 of text) x width x 19
decoding              picture pixels x channels of the VAE's second level x 4
encoding              picture pixels x channels of its first level x 6
====================  ============================================================================

The factors are peaks that ``benchmarks/memory.py`` counts on full-size models, rounded up, that of
decoding by a third: convolutions hold copies in another layout. Attention forms nothing of the size
N x N, as in the fused kernels. What else kernels and allocator take is a share and a constant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from asyndm.model_folder import read_json
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES
from asyndm.plan import RunPlan
from asyndm.weight_sizes import PartSize

Offload = Literal["none", "model", "group", "sequential"]
"""What waits in main memory while it is not used: nothing; whole parts of the model; the blocks of
the network; every layer. Each is slower than the one before."""
VaeMode = Literal["whole", "tiled"]
"""Whether pictures are decoded in one piece. (They are decoded one after the other in any case.)"""

OFFLOADS: tuple[Offload, ...] = get_args(Offload)
VAE_MODES: tuple[VaeMode, ...] = get_args(VaeMode)
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
TILE_PX = 512
"""Side of a tile in picture pixels."""

_STEP_FACTOR = {"sd": 27, "sdxl": 17, "sd3": 14, "flux": 19}
_USUAL_STEP_FACTOR = 27
_TEXT_TOKENS = {"sd3": 333, "flux": 512}
_DECODE_FACTOR, _ENCODE_FACTOR = 4, 6
_SHARE_OF_ALLOCATOR = 1.1
_LIBRARIES = 256 << 20


@dataclass(frozen=True)
class Needs:
    """What a run takes, in bytes, taken apart.

    Attributes:
        parts: weights of each part.
        network: name of the part that denoises.
        block: its largest block. outside: what of it belongs to no block.
        layer: the largest layer of the model.
        step: activations of a step.
        whole: activations of the autoencoder on the whole picture. tile: on a tile.
    """

    parts: Mapping[str, int]
    network: str
    block: int
    outside: int
    layer: int
    step: int
    whole: int
    tile: int

    def on_device(self, offload: Offload, vae: VaeMode) -> int:
        """Most bytes on the device that computes."""
        picture = self.whole if vae == "whole" else self.tile
        if offload == "none":
            peak = sum(self.parts.values()) + max(self.step, picture)
        elif offload == "model":
            beside = {"vae": picture, self.network: self.step}
            peak = max(size + beside.get(part, 0) for part, size in self.parts.items())
            # A picture that was encoded leaves the autoencoder there during the steps.
            peak = max(peak, self.parts[self.network] + self.parts["vae"] + self.step)
        elif offload == "group":  # while one block computes the next one arrives
            peak = max(self.outside + 2 * self.block + self.step, self.layer + picture)
        else:
            peak = self.layer + max(self.step, picture)
        return int(peak * _SHARE_OF_ALLOCATOR) + _LIBRARIES

    def in_ram(self) -> int:
        """Most bytes in main memory beside a device of its own: a model is loaded through it."""
        return sum(self.parts.values()) + _LIBRARIES


@dataclass(frozen=True)
class Work:
    """What of a run decides its memory.

    Attributes:
        info: of the model.
        height: of the picture in pixels.
        width: likewise.
        samples: of a step: the prompt, its opposite, and those of regions.
        encodes: whether a picture is encoded as well.
        reference: whether the network sees a picture's tokens beside its own.
    """

    info: ModelInfo
    height: int
    width: int
    samples: int = 2
    encodes: bool = True
    reference: bool = False


def work_of(plan: RunPlan) -> Work:
    """The work of a resolved request."""
    request = plan.request
    if PIPELINES[plan.info.pipeline].family == "flux":
        guided = request.true_guidance > 1 and bool(request.negative_prompt.strip())
    else:
        guided = request.guidance > 1
    regions = [each for each in request.regions if (each.prompt or "").strip()]
    return Work(
        plan.info, plan.height, plan.width, 1 + guided + len(regions),
        request.image is not None, request.task == "edit",
    )  # fmt: skip


def native_work(info: ModelInfo) -> Work:
    """A picture of the model's own size."""
    return Work(info, info.native_size, info.native_size)


def needs_of(work: Work, sizes: Mapping[str, PartSize], dtype: str) -> Needs:
    """What a run takes.

    Args:
        work: to be done.
        sizes: of the model's parts.
        dtype: of the weights.

    Raises:
        ModelError: the settings of a part are damaged.
    """
    kind, size = PIPELINES[work.info.pipeline], BYTES[dtype]
    network = sizes[kind.network]
    vae = _config(work, "vae")
    # A decoder that exceeds float16 is run again in float32.
    vae_size = 4 if dtype == "float16" and vae.get("force_upcast") else size
    channels: list[int] = vae["block_out_channels"]
    encoding = _ENCODE_FACTOR * channels[0] if work.encodes else 0
    factor = max(_DECODE_FACTOR * channels[:2][-1], encoding) * vae_size
    parts = {part: each.total * size for part, each in sizes.items()}
    return Needs(
        parts={**parts, "vae": sizes["vae"].total * vae_size},
        network=kind.network,
        block=network.largest_block * size,
        outside=network.outside_blocks * size,
        layer=max(each.largest_tensor for each in sizes.values()) * size,
        step=_step_elements(work) * size,
        whole=work.height * work.width * factor,
        tile=min(work.height, TILE_PX) * min(work.width, TILE_PX) * factor,
    )


def _step_elements(work: Work) -> int:
    """Elements of the activations that are alive at once in a step."""
    info = work.info
    kind = PIPELINES[info.pipeline]
    config = _config(work, kind.network)
    pixels = work.height * work.width // info.latent_factor**2
    if kind.family in _TEXT_TOKENS:
        tokens = pixels // kind.patch**2 * (1 + work.reference)
        width = int(config["num_attention_heads"]) * int(config["attention_head_dim"])
        units = (tokens + _TEXT_TOKENS[kind.family]) * width
    else:
        units = pixels * int(config["block_out_channels"][0])
    return work.samples * units * _STEP_FACTOR.get(kind.family, _USUAL_STEP_FACTOR)


def _config(work: Work, part: str) -> dict[str, Any]:
    info = work.info
    borrowed = dict(info.borrowed).get(part)
    if borrowed is not None and borrowed.is_dir():
        return read_json(borrowed / "config.json")
    return read_json((info.settings or info.path) / part / "config.json")
