"""diffusers weights under the names of their publishers: the inverse of diffusers' conversion.

Written from the published layouts (CompVis ldm, Stability sgm and sd3-ref, Black Forest Labs flux),
so that a tiny model saved as a folder can be saved as the single file a publisher would give out.
"""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Tensors = dict[str, Tensor]

_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}


def ldm_unet(unet: Any, prefix: str = "model.diffusion_model.") -> Tensors:
    """A UNet as CompVis and Stability name it."""
    per_block = unet.config.layers_per_block
    down_attends = ["CrossAttn" in name for name in unet.config.down_block_types]
    up_attends = ["CrossAttn" in name for name in unet.config.up_block_types]
    return {
        prefix + _ldm_unet_name(name, per_block, down_attends, up_attends): tensor.contiguous()
        for name, tensor in unet.state_dict().items()
    }


def _ldm_unet_name(name: str, per_block: int, _: list[bool], up_attends: list[bool]) -> str:
    layer, leaf = name.rsplit(".", 1)
    if layer in _UNET_ENDS:
        return f"{_UNET_ENDS[layer]}.{leaf}"
    if match := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.+)", name):
        place = 2 * int(match[2]) if match[1] == "resnets" else 1
        return f"middle_block.{place}.{_inner(match[1], match[3])}"
    match = re.match(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.+)", name)
    assert match is not None, name
    side, block, kind, index, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    if side == "down":
        first = 1 + block * (per_block + 1)
        if kind == "downsamplers":
            return f"input_blocks.{first + per_block}.0.op.{leaf}"
        return f"input_blocks.{first + index}.{int(kind == 'attentions')}.{_inner(kind, rest)}"
    first = block * (per_block + 1)
    if kind == "upsamplers":
        return f"output_blocks.{first + per_block}.{1 + up_attends[block]}.conv.{leaf}"
    return f"output_blocks.{first + index}.{int(kind == 'attentions')}.{_inner(kind, rest)}"


def _inner(kind: str, rest: str) -> str:
    if kind != "resnets":
        return rest
    layer, leaf = rest.rsplit(".", 1)
    return f"{_RESNET[layer]}.{leaf}"


_VAE_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def ldm_vae(vae: Any, prefix: str = "first_stage_model.") -> Tensors:
    """An autoencoder as CompVis names it; its attention layers are 1 x 1 convolutions there."""
    levels = len(vae.config.block_out_channels)
    tensors = {}
    for name, tensor in vae.state_dict().items():
        original = _ldm_vae_name(name, levels)
        is_matrix = ".attn_1." in original and tensor.ndim == 2
        tensors[prefix + original] = (
            tensor[:, :, None, None] if is_matrix else tensor
        ).contiguous()
    return tensors


def _ldm_vae_name(name: str, levels: int) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", name)
    if match := re.match(r"(\w+)\.mid_block\.attentions\.0\.(.+)\.(\w+)$", name):
        return f"{match[1]}.mid.attn_1.{_VAE_ATTENTION[match[2]]}.{match[3]}"
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    if match := re.match(r"(.*)up_blocks\.(\d)\.(.*)", name):
        rest = match[3].replace("resnets.", "block.").replace("upsamplers.0.", "upsample.")
        return f"{match[1]}up.{levels - 1 - int(match[2])}.{rest}"
    return name


def clip(encoder: Any, prefix: str) -> Tensors:
    """A CLIP text encoder as transformers has long named it (everything under ``text_model.``)."""
    tensors = {}
    for name, tensor in encoder.state_dict().items():
        inside = (
            name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"
        )
        tensors[prefix + inside] = tensor.contiguous()
    return tensors


_OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}


def open_clip(encoder: Any, prefix: str) -> Tensors:
    """A text encoder as OpenCLIP names it: queries, keys and values in one matrix."""
    tensors: Tensors = {}
    whole = clip(encoder, "")
    for name, tensor in whole.items():
        if match := re.match(r"text_model\.encoder\.layers\.(\d+)\.(.+)\.(\w+)$", name):
            block, inner, leaf = match[1], match[2], match[3]
            target = f"{prefix}transformer.resblocks.{block}."
            if inner == "self_attn.q_proj":
                stem = name.removesuffix(f"q_proj.{leaf}")
                joined = torch.cat([whole[f"{stem}{part}_proj.{leaf}"] for part in "qkv"])
                tensors[f"{target}attn.in_proj_{leaf}"] = joined
            elif inner in _OPEN_CLIP:
                tensors[f"{target}{_OPEN_CLIP[inner]}.{leaf}"] = tensor
    tensors[f"{prefix}positional_embedding"] = whole[
        "text_model.embeddings.position_embedding.weight"
    ]
    tensors[f"{prefix}token_embedding.weight"] = whole[
        "text_model.embeddings.token_embedding.weight"
    ]
    for leaf in ("weight", "bias"):
        tensors[f"{prefix}ln_final.{leaf}"] = whole[f"text_model.final_layer_norm.{leaf}"]
    if "text_projection.weight" in whole:
        tensors[f"{prefix}text_projection"] = whole["text_projection.weight"].T.contiguous()
    return tensors


def t5(encoder: Any, prefix: str) -> Tensors:
    """A T5 encoder; its input embedding is stored once."""
    return {
        prefix + name: tensor.contiguous()
        for name, tensor in encoder.state_dict().items()
        if name != "encoder.embed_tokens.weight"
    }


_FLUX_ENDS = {
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "context_embedder": "txt_in",
    "x_embedder": "img_in",
    "proj_out": "final_layer.linear",
}
_FLUX_DOUBLE = {
    "norm1.linear": "img_mod.lin",
    "norm1_context.linear": "txt_mod.lin",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff.net.0.proj": "img_mlp.0",
    "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0",
    "ff_context.net.2": "txt_mlp.2",
}
_FLUX_NORMS = {
    "attn.norm_q": "img_attn.norm.query_norm",
    "attn.norm_k": "img_attn.norm.key_norm",
    "attn.norm_added_q": "txt_attn.norm.query_norm",
    "attn.norm_added_k": "txt_attn.norm.key_norm",
}


def flux_transformer(transformer: Any, prefix: str = "") -> Tensors:
    """A FLUX.1 transformer as Black Forest Labs name it."""
    own = transformer.state_dict()
    tensors: Tensors = {}
    for name, tensor in own.items():
        layer, leaf = name.rsplit(".", 1)
        if layer in _FLUX_ENDS:
            tensors[f"{_FLUX_ENDS[layer]}.{leaf}"] = tensor
        elif layer == "norm_out.linear":
            tensors[f"final_layer.adaLN_modulation.1.{leaf}"] = _swapped(tensor)
    for i in range(transformer.config.num_layers):
        tensors |= _flux_double(own, f"transformer_blocks.{i}.", f"double_blocks.{i}.")
    for i in range(transformer.config.num_single_layers):
        tensors |= _flux_single(own, f"single_transformer_blocks.{i}.", f"single_blocks.{i}.")
    return {prefix + name: tensor.contiguous() for name, tensor in tensors.items()}


def _flux_double(own: Mapping[str, Tensor], source: str, target: str) -> Tensors:
    tensors = {}
    for leaf in ("weight", "bias"):
        for inner, original in _FLUX_DOUBLE.items():
            tensors[f"{target}{original}.{leaf}"] = own[f"{source}{inner}.{leaf}"]
        for original, names in (("img_attn", "to_{}"), ("txt_attn", "add_{}_proj")):
            rows = [own[f"{source}attn.{names.format(part)}.{leaf}"] for part in "qkv"]
            tensors[f"{target}{original}.qkv.{leaf}"] = torch.cat(rows)
    for inner, original in _FLUX_NORMS.items():
        tensors[f"{target}{original}.scale"] = own[f"{source}{inner}.weight"]
    return tensors


def _flux_single(own: Mapping[str, Tensor], source: str, target: str) -> Tensors:
    tensors = {
        f"{target}norm.query_norm.scale": own[f"{source}attn.norm_q.weight"],
        f"{target}norm.key_norm.scale": own[f"{source}attn.norm_k.weight"],
    }
    for leaf in ("weight", "bias"):
        tensors[f"{target}modulation.lin.{leaf}"] = own[f"{source}norm.linear.{leaf}"]
        tensors[f"{target}linear2.{leaf}"] = own[f"{source}proj_out.{leaf}"]
        rows = [
            own[f"{source}{n}.{leaf}"] for n in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
        ]
        tensors[f"{target}linear1.{leaf}"] = torch.cat(rows)
    return tensors


def _swapped(tensor: Tensor) -> Tensor:
    """Scale and shift in the other order."""
    first, second = tensor.chunk(2)
    return torch.cat((second, first))


_SD3_ENDS = {
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "context_embedder": "context_embedder",
    "proj_out": "final_layer.linear",
}
_SD3_BLOCK = {
    "norm1.linear": "x_block.adaLN_modulation.1",
    "norm1_context.linear": "context_block.adaLN_modulation.1",
    "attn.to_out.0": "x_block.attn.proj",
    "attn.to_add_out": "context_block.attn.proj",
    "attn.norm_q": "x_block.attn.ln_q",
    "attn.norm_k": "x_block.attn.ln_k",
    "attn.norm_added_q": "context_block.attn.ln_q",
    "attn.norm_added_k": "context_block.attn.ln_k",
    "attn2.to_out.0": "x_block.attn2.proj",
    "attn2.norm_q": "x_block.attn2.ln_q",
    "attn2.norm_k": "x_block.attn2.ln_k",
    "ff.net.0.proj": "x_block.mlp.fc1",
    "ff.net.2": "x_block.mlp.fc2",
    "ff_context.net.0.proj": "context_block.mlp.fc1",
    "ff_context.net.2": "context_block.mlp.fc2",
}
_SD3_JOINED = {
    "attn.to_q": ("x_block.attn.qkv", ("attn.to_q", "attn.to_k", "attn.to_v")),
    "attn.add_q_proj": (
        "context_block.attn.qkv",
        ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    ),
    "attn2.to_q": ("x_block.attn2.qkv", ("attn2.to_q", "attn2.to_k", "attn2.to_v")),
}


def sd3_transformer(transformer: Any, prefix: str = "model.diffusion_model.") -> Tensors:
    """An SD 3 or 3.5 transformer as Stability names it."""
    own = transformer.state_dict()
    last = transformer.config.num_layers - 1
    tensors: Tensors = {"pos_embed": own["pos_embed.pos_embed"]}
    for name, tensor in own.items():
        layer, leaf = name.rsplit(".", 1)
        if layer in _SD3_ENDS:
            tensors[f"{_SD3_ENDS[layer]}.{leaf}"] = tensor
        elif layer == "norm_out.linear":
            tensors[f"final_layer.adaLN_modulation.1.{leaf}"] = _swapped(tensor)
        elif match := re.match(r"transformer_blocks\.(\d+)\.(.+)$", layer):
            block, inner = int(match[1]), match[2]
            target = f"joint_blocks.{block}."
            if inner in _SD3_JOINED:
                original, names = _SD3_JOINED[inner]
                rows = [own[f"transformer_blocks.{block}.{n}.{leaf}"] for n in names]
                tensors[f"{target}{original}.{leaf}"] = torch.cat(rows)
            elif inner in _SD3_BLOCK:
                ends = inner == "norm1_context.linear" and block == last
                tensors[f"{target}{_SD3_BLOCK[inner]}.{leaf}"] = (
                    _swapped(tensor) if ends else tensor
                )
    return {prefix + name: tensor.contiguous() for name, tensor in tensors.items()}
