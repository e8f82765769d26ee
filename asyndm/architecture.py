"""Which model is in a safetensors file? Answered from its header: names and shapes of tensors.

A file's name says nothing. Names of layers tell the family, a few shapes tell the member: the
width of the text that a UNet attends to, the input channels, the depth of a transformer. Members
with the same tensors (FLUX.1 dev and Kontext; a network trained to predict noise or velocity)
are told apart by the metadata (modelspec.*), by marker tensors, or by the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from asyndm.weight_header import Header

Kind = Literal[
    "model", "lora", "embedding", "vae", "text_encoder", "controlnet", "adapter", "part", "unknown"
]
Shapes = Mapping[str, tuple[int, ...]]

NETWORK_PREFIX = "model.diffusion_model."
ARCHITECTURES = {
    "sd1": "Stable Diffusion 1.x",
    "sd1-inpaint": "Stable Diffusion 1.x inpainting",
    "sd2": "Stable Diffusion 2.x, predicting noise (base, 512 pixels)",
    "sd2-v": "Stable Diffusion 2.x, predicting velocity (768 pixels)",
    "sd2-inpaint": "Stable Diffusion 2 inpainting",
    "sdxl": "Stable Diffusion XL",
    "sdxl-inpaint": "Stable Diffusion XL inpainting",
    "sd3-medium": "Stable Diffusion 3 medium",
    "sd3.5-medium": "Stable Diffusion 3.5 medium",
    "sd3.5-large": "Stable Diffusion 3.5 large",
    "flux-dev": "FLUX.1 dev",
    "flux-schnell": "FLUX.1 schnell",
    "flux-fill": "FLUX.1 Fill",
    "flux-kontext": "FLUX.1 Kontext",
}
"""Names that detection gives and the person may say; each has settings in resources."""
VELOCITY_SUFFIX = "-v"
VELOCITY_NAMES = ("sd1-v", "sdxl-v")
"""Further names that the person may say: that architecture, trained to predict velocity."""

_CONTEXT = "attn2.to_k.weight"
_UNET_BY_CONTEXT = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_UNET_CHANNELS = {4: "", 9: "-inpaint"}
_OTHER_UNETS = {
    5: "takes a depth map, which is not supported",
    7: "is an upscaler, which is not supported",
    8: "is InstructPix2Pix, which is not supported",
}
_XL_CONTEXT, _REFINER_CONTEXT = 2048, 1280
_FLUX_SIZE = (19, 38, 3072)  # double blocks, single blocks, width
_FLUX_CONTROL, _FLUX_FILL, _FLUX_PLAIN = 128, 384, 64  # input channels
_UNKNOWN_MODEL = "is a model of a kind that is not supported"
_SD2_STATISTIC = "output_blocks.11.1.transformer_blocks.0.norm1.bias"
_SD2_THRESHOLD = 0.09
_QUANTISED_ENDS = (".scale_weight", ".weight_scale", ".qweight", ".absmax", ".quant_map")

# Part of the pipeline: what the names of its tensors begin with, the families in turn.
PART_PREFIXES = {
    "vae": ("first_stage_model.", "vae."),
    "text_encoder": (
        "cond_stage_model.transformer.text_model.",
        "cond_stage_model.model.",
        "conditioner.embedders.0.transformer.",
        "text_encoders.clip_l.transformer.",
    ),
    "text_encoder_2": ("conditioner.embedders.1.model.", "text_encoders.clip_g.transformer."),
    "text_encoder_3": ("text_encoders.t5xxl.transformer.",),
}


@dataclass(frozen=True)
class Identity:
    """What a weights file is.

    Attributes:
        kind: what it is for.
        architecture: one of ARCHITECTURES; of a LoRA, embedding, VAE or text encoder the family it
            is made for ("sd1", "sd2", "sdxl", "sd3", "flux", "clip_l", "clip_g", "t5"); "" if that
            cannot be told.
        network: "unet", "sd3" or "flux": how its tensors are named; "" if it is no model that could
            be run, whatever its settings.
        prediction_type: "epsilon" or "v_prediction" if the file says so, else "".
        zero_terminal_snr: whether it was trained with a schedule that ends in pure noise.
        holds: the parts of the pipeline that are in it beside the network.
        width: of a text encoder or embedding; 0 if that does not apply.
        title: modelspec.title. licence: modelspec.license.
        problem: why it cannot be used, to follow its name in a sentence; "" if it can be.
        note: what had to be assumed, a sentence; "" if nothing.
    """

    kind: Kind
    architecture: str = ""
    network: str = ""
    prediction_type: str = ""
    zero_terminal_snr: bool = False
    holds: tuple[str, ...] = ()
    width: int = 0
    title: str = ""
    licence: str = ""
    problem: str = ""
    note: str = ""


def identify_model(header: Header) -> Identity | None:
    """What model a file holds; None if it holds no denoising network in an original layout."""
    shapes = {name: entry.shape for name, entry in header.tensors.items()}
    network = {
        name.removeprefix(NETWORK_PREFIX): shape
        for name, shape in shapes.items()
        if name.startswith(NETWORK_PREFIX)
    } or shapes
    identity = _network(network, header)
    if identity is None:
        return None
    if any(name.endswith(_QUANTISED_ENDS) or name == "scaled_fp8" for name in shapes):
        identity = Identity(
            "model",
            problem="has quantised weights of a kind that is not supported; use the file with "
            "bf16, fp16 or plain fp8 weights",
        )
    return replace(
        identity,
        holds=_held_parts(shapes, identity.network),
        title=header.metadata.get("modelspec.title", ""),
        licence=header.metadata.get("modelspec.license", ""),
    )


def _network(network: Shapes, header: Header) -> Identity | None:
    if "input_blocks.0.0.weight" in network and "out.2.weight" in network:
        return _unet(network, header)
    if "joint_blocks.0.x_block.attn.qkv.weight" in network:
        return _sd3(network)
    if "double_blocks.0.img_attn.qkv.weight" in network:
        return _flux(network, header.metadata)
    if any(name.startswith(NETWORK_PREFIX) for name in header.tensors):
        return Identity("model", problem=_UNKNOWN_MODEL)
    return None


def _held_parts(shapes: Shapes, network: str) -> tuple[str, ...]:
    held = {
        part
        for part, prefixes in PART_PREFIXES.items()
        if any(name.startswith(prefixes) for name in shapes)
    }
    if network == "flux" and "text_encoder_3" in held:  # its T5 is the second encoder
        held = (held - {"text_encoder_3"}) | {"text_encoder_2"}
    return tuple(sorted(held))


def _unet(network: Shapes, header: Header) -> Identity:
    channels = network["input_blocks.0.0.weight"][1]
    context = next((shape[1] for name, shape in network.items() if name.endswith(_CONTEXT)), 0)
    architecture = _UNET_BY_CONTEXT.get(context, "")
    labelled = "label_emb.0.0.weight" in network
    problem = _unet_problem(channels, context, header)
    if problem:
        return Identity("model", problem=problem)
    if context not in _UNET_BY_CONTEXT or labelled != (context == _XL_CONTEXT):
        architecture, problem = "", _other_size(f"a UNet for text of width {context}")
    else:
        architecture += _UNET_CHANNELS[channels]
    prediction, zero_snr = _prediction(header)
    identity = Identity(
        "model",
        architecture,
        network="unet",
        problem=problem,
        prediction_type=prediction,
        zero_terminal_snr=zero_snr,
    )
    return _sd2(identity, header) if identity.architecture == "sd2" else identity


def _unet_problem(channels: int, context: int, header: Header) -> str:
    """Why a UNet cannot be used, whatever its size; "" if it can."""
    if any(name.startswith(("edm_mean", "edm_vpred")) for name in header.tensors):
        return "is trained in the EDM formulation, which is not supported"
    if context == _REFINER_CONTEXT:
        return "is the refiner of SDXL, which only finishes pictures; use the SDXL base model"
    if channels in _OTHER_UNETS:
        return _OTHER_UNETS[channels]
    if channels not in _UNET_CHANNELS:
        return f"takes {channels} channels, which is not supported"
    return ""


def _other_size(what: str) -> str:
    return (
        f"holds {what}, which is none of the known models; if you have the settings of this model "
        "as a folder in the diffusers format, name that folder with --as"
    )


def _prediction(header: Header) -> tuple[str, bool]:
    """Prediction type and zero terminal SNR, from marker tensors, else from the metadata."""
    if "v_pred" in header.tensors:
        return "v_prediction", "ztsnr" in header.tensors
    said = header.metadata.get("modelspec.prediction_type", "").lower()
    if said.startswith("v") or header.metadata.get("modelspec.architecture", "").endswith("-v"):
        return "v_prediction", False
    return ("epsilon" if said.startswith("eps") else ""), False


def _sd2(identity: Identity, header: Header) -> Identity:
    """Tell the two kinds of Stable Diffusion 2 apart.

    They have the same tensors. Where nothing says which one it is, the spread of one bias decides:
    ComfyUI has used this rule since 2023 (comfy/supported_models.py, SD20.model_type). It is a rule
    of thumb, so the person is told and can say otherwise.
    """
    if identity.prediction_type == "epsilon":
        return identity
    if identity.prediction_type == "v_prediction":
        return replace(identity, architecture="sd2-v")
    name = next(
        (n for n in (NETWORK_PREFIX + _SD2_STATISTIC, _SD2_STATISTIC) if n in header.tensors), ""
    )
    values = header.values(name) if name else None
    spread = float(np.std(values)) if values is not None and values.size else 0.0
    chosen = "sd2-v" if spread > _SD2_THRESHOLD else "sd2"
    other = "sd2" if chosen == "sd2-v" else "sd2-v"
    return replace(
        identity,
        architecture=chosen,
        note=f"Taken for {ARCHITECTURES[chosen]}, judging by its weights; if pictures come out as "
        f"noise or in wrong colours, add the file with --as {other}.",
    )


def _depth(network: Shapes, block: str) -> int:
    return len({name.split(".")[1] for name in network if name.startswith(block + ".")})


def _sd3(network: Shapes) -> Identity:
    normed = "joint_blocks.0.x_block.attn.ln_q.weight" in network
    dual = any(".x_block.attn2." in name for name in network)
    depth = _depth(network, "joint_blocks")
    known = {
        (24, False, False): "sd3-medium",
        (24, True, True): "sd3.5-medium",
        (38, True, False): "sd3.5-large",
    }
    width = network["joint_blocks.0.x_block.attn.qkv.weight"][-1]
    architecture = known.get((depth, normed, dual), "") if width == 64 * depth else ""
    problem = "" if architecture else _other_size(f"a Stable Diffusion 3 of {depth} blocks")
    return Identity("model", architecture, network="sd3", problem=problem)


def _flux(network: Shapes, metadata: Mapping[str, str]) -> Identity:
    if "img_in.weight" not in network or any(n.startswith("distilled_guidance") for n in network):
        return Identity("model", problem=_UNKNOWN_MODEL)
    inputs = network["img_in.weight"][1]
    guided = "guidance_in.in_layer.weight" in network
    double, single = _depth(network, "double_blocks"), _depth(network, "single_blocks")
    width = network["img_in.weight"][0]
    if inputs == _FLUX_CONTROL:
        sentence = "is FLUX.1 Depth or Canny, which takes a control picture and is not supported"
        return Identity("model", problem=sentence)
    if (double, single, width) != _FLUX_SIZE or inputs not in (_FLUX_PLAIN, _FLUX_FILL):
        problem = _other_size(f"a FLUX of {double} + {single} blocks and width {width}")
        return Identity("model", network="flux", problem=problem)
    if inputs == _FLUX_FILL:
        return Identity("model", "flux-fill", network="flux")
    if not guided:
        return Identity("model", "flux-schnell", network="flux")
    return _dev_or_kontext(metadata)


def _dev_or_kontext(metadata: Mapping[str, str]) -> Identity:
    """FLUX.1 dev and Kontext have the same tensors; only the metadata can tell."""
    said = " ".join(
        metadata.get(f"modelspec.{key}", "") for key in ("architecture", "title")
    ).lower()
    if "kontext" in said:
        return Identity("model", "flux-kontext", network="flux")
    note = (
        "Taken for FLUX.1 dev, which has the same tensors as FLUX.1 Kontext; if it is Kontext, add "
        "the file with --as flux-kontext."
    )
    known = "flux-1-dev" in said or "flux.1-dev" in said or "flux.1 dev" in said
    return Identity("model", "flux-dev", network="flux", note="" if known else note)
