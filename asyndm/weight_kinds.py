"""What is a weights file for: a model, a LoRA, an embedding, a VAE, a text encoder, a ControlNet?

The other files of a collection are told by the names of their tensors too. What family they belong
to follows from the width of the text they deal with, or from names that only one family has;
training tools often write it into the metadata.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from asyndm.architecture import Identity, Shapes, identify_model
from asyndm.weight_header import Header

_LORA_SIGNS = (
    ".lora_down.weight",
    ".lora_up.weight",
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora_A.default.weight",
    ".lora.down.weight",
    ".hada_w1_a",
    ".lokr_w1",
    ".lokr_w1_a",
    ".oft_diag",
    ".dora_scale",
)
_FAMILY_BY_WIDTH = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_ENCODER_BY_WIDTH = {768: "clip_l", 1024: "clip_h", 1280: "clip_g"}
_WIDEST_EMBEDDING = 1280
_METADATA_FAMILIES = (  # words in the metadata; the first that is found counts
    ("sdxl", "sdxl"),
    ("stable-diffusion-xl", "sdxl"),
    ("flux", "flux"),
    ("stable-diffusion-3", "sd3"),
    ("sd3", "sd3"),
    ("sd_v2", "sd2"),
    ("stable-diffusion-v2", "sd2"),
    ("sd_v1", "sd1"),
    ("stable-diffusion-v1", "sd1"),
)
_VAE_NAMES = (("sdxl", "sdxl"), ("flux", "flux"), ("sd3", "sd3"), ("ae", "flux"))


def identify(header: Header) -> Identity:
    """What a file is; kind "unknown" if it is none of what the application can use."""
    try:
        return _identified(header)
    except IndexError:  # a tensor with fewer dimensions than its name promises
        return Identity("unknown", problem="has tensors of unexpected shapes")


def _identified(header: Header) -> Identity:
    model = identify_model(header)
    if model is not None:
        return model
    shapes = {name: entry.shape for name, entry in header.tensors.items()}
    for test in _TESTS:
        identity = test(shapes, header)
        if identity is not None:
            return replace(
                identity,
                title=header.metadata.get("modelspec.title", ""),
                licence=header.metadata.get("modelspec.license", ""),
            )
    return Identity("unknown", problem="is of no kind that the application can use")


def _lora(shapes: Shapes, header: Header) -> Identity | None:
    if not any(name.endswith(_LORA_SIGNS) for name in shapes):
        return None
    return Identity("lora", _family_in_metadata(header) or _lora_family(shapes))


def _lora_family(shapes: Shapes) -> str:
    """The family of the network whose layers a LoRA changes."""
    for name, shape in shapes.items():
        if "double_blocks" in name or "single_transformer_blocks" in name:
            return "flux"
        if "joint_blocks" in name:
            return "sd3"
        reads_text = "attn2_to_k" in name or "attn2.to_k" in name or "attn2.processor.to_k" in name
        if reads_text and _is_reading_side(name) and shape[-1] in _FAMILY_BY_WIDTH:
            return _FAMILY_BY_WIDTH[shape[-1]]
    return "sd3" if any(".attn.add_k_proj." in name for name in shapes) else ""


def _is_reading_side(name: str) -> bool:
    """Whether a LoRA's tensor has the layer's input as its last dimension."""
    return any(sign in name for sign in (".lora_down", ".lora_A", ".lora.down", "_lora.down"))


def _family_in_metadata(header: Header) -> str:
    keys = ("ss_base_model_version", "modelspec.architecture")
    said = " ".join(header.metadata.get(key, "") for key in keys).lower()
    return next((family for word, family in _METADATA_FAMILIES if word in said), "")


def _embedding(shapes: Shapes, _: Header) -> Identity | None:
    """Textual inversion: a few vectors as wide as the text encoder, nothing else."""
    if set(shapes) == {"clip_l", "clip_g"}:
        return Identity("embedding", "sdxl", width=shapes["clip_l"][-1])
    if set(shapes) == {"emb_params"}:
        name = "emb_params"
    elif len(shapes) == 1 and (only := next(iter(shapes))).startswith("<"):
        name = only
    else:
        return None
    shape = shapes[name]
    if not 1 <= len(shape) <= 2 or shape[-1] > _WIDEST_EMBEDDING:
        return None
    return Identity("embedding", _FAMILY_BY_WIDTH.get(shape[-1], ""), width=shape[-1])


def _controlnet(shapes: Shapes, header: Header) -> Identity | None:
    signs = ("control_model.", "controlnet_", "input_hint_block.", "lllite_")
    if any(name.startswith(signs) for name in shapes):
        return Identity("controlnet", _family_in_metadata(header))
    return None


def _adapter(shapes: Shapes, _: Header) -> Identity | None:
    signs = ("ip_adapter.", "image_proj.", "adapter.body.", "redux_up.")
    return Identity("adapter") if any(name.startswith(signs) for name in shapes) else None


def _vae(shapes: Shapes, header: Header) -> Identity | None:
    """An autoencoder with the tensors of Stable Diffusion's.

    Those of SD 1 and SDXL, and those of SD 3 and FLUX, have the same shapes and other numbers. Only
    here the file's name counts, where the metadata does not say whose it is.
    """
    bare = {
        name.removeprefix("first_stage_model.").removeprefix("vae."): s
        for name, s in shapes.items()
    }
    shape = bare.get("decoder.conv_in.weight", ())
    if len(shape) != 4 or "encoder.conv_in.weight" not in bare:
        return None
    family = _family_in_metadata(header) or _family_in_name(header.path)
    return Identity("vae", family, width=shape[1])


def _family_in_name(path: Path) -> str:
    stem = path.stem.lower()
    for word, family in _VAE_NAMES:
        if word in stem if word != "ae" else stem == word:
            return family
    return ""


def _text_encoder(shapes: Shapes, _: Header) -> Identity | None:
    for prefix in ("", "text_model."):
        shape = shapes.get(f"{prefix}embeddings.position_embedding.weight")
        if shape is not None and f"{prefix}final_layer_norm.weight" in shapes:
            width = shape[-1]
            return Identity("text_encoder", _ENCODER_BY_WIDTH.get(width, "clip"), width=width)
    if "shared.weight" in shapes and "encoder.block.0.layer.0.SelfAttention.q.weight" in shapes:
        return Identity("text_encoder", "t5", width=shapes["shared.weight"][-1])
    return None


def _diffusers_part(shapes: Shapes, _: Header) -> Identity | None:
    signs = ("down_blocks.", "transformer_blocks.", "single_transformer_blocks.")
    if _starts(shapes, signs) and _starts(shapes, ("conv_in.", "proj_out.", "time_text_embed.")):
        problem = "is one part of a model in the diffusers format; use the whole folder it is from"
        return Identity("part", problem=problem)
    return None


def _starts(shapes: Iterable[str], signs: tuple[str, ...]) -> bool:
    return any(name.startswith(signs) for name in shapes)


_TESTS: tuple[Callable[[Shapes, Header], Identity | None], ...] = (
    _lora,
    _embedding,
    _controlnet,
    _adapter,
    _vae,
    _text_encoder,
    _diffusers_part,
)
