"""The tensors of a FLUX.1 transformer, from the names of its publisher to those of diffusers.

diffusers has this conversion too, with the width of FLUX.1 written into it; this one takes the
width from the tensors, so it serves networks of any size (and the tests compare the two). Two
things are more than names: queries, keys and values (and the MLP of a single block) are one matrix
there and several here, and the last modulation has shift and scale in the other order.
"""

import torch
from torch import Tensor

_ENDS = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "txt_in": "context_embedder",
    "img_in": "x_embedder",
    "final_layer.linear": "proj_out",
}
_DOUBLE = {
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
}
_SINGLE = {
    "modulation.lin": "norm.linear",
    "linear2": "proj_out",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
}
_JOINED = {  # one matrix there: the rows of these here, in order
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
}
_BLOCKS = {"double_blocks": "transformer_blocks", "single_blocks": "single_transformer_blocks"}
_LAST_MODULATION = "final_layer.adaLN_modulation.1"


def diffusers_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights as a FluxTransformer2DModel names them.

    Args:
        tensors: by the publisher's names, without a prefix.

    Raises:
        KeyError: a name is not one of FLUX.1's, or the first layer is missing.
    """
    width = tensors["img_in.weight"].shape[0]
    converted: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        end = "weight" if leaf == "scale" else leaf
        if layer == _LAST_MODULATION:
            # Shift and scale change places; a roll works on rows of packed weights too.
            converted[f"norm_out.linear.{end}"] = tensor.roll(tensor.shape[0] // 2, 0)
        elif layer in _ENDS:
            converted[f"{_ENDS[layer]}.{end}"] = tensor
        else:
            _convert_block(layer, end, tensor, width, converted)
    return converted


def _convert_block(
    layer: str, end: str, tensor: Tensor, width: int, converted: dict[str, Tensor]
) -> None:
    """Add what becomes of a tensor in one of the blocks."""
    blocks, number, inner = layer.split(".", 2)
    prefix = f"{_BLOCKS[blocks]}.{number}"
    if inner in _JOINED:
        names = _JOINED[inner]
        sizes = [width] * 3 + [tensor.shape[0] - 3 * width] * (len(names) - 3)
        for name, rows in zip(names, torch.split_with_sizes(tensor, sizes), strict=True):
            converted[f"{prefix}.{name}.{end}"] = rows
    else:
        table = _DOUBLE if blocks == "double_blocks" else _SINGLE
        converted[f"{prefix}.{table[inner]}.{end}"] = tensor
