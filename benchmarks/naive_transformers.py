"""SD 3 and FLUX done token by token: every token's modulation is computed by itself.

Slow and simple; the blocks are written out from the models' own parts. The reference of a test, and
the row "naive" of the speed benchmark.
"""

from typing import Any

import torch
from torch import Tensor


def embed(model: Any, tokens: Tensor, pooled: Tensor, guidance: Tensor | None = None) -> Tensor:
    """Time embedding of timesteps (B, N) with each sample's pooled text: (B, N, D)."""
    batch, count = tokens.shape
    texts = pooled.repeat_interleave(count, 0)
    if guidance is None:
        flat = model.time_text_embed(tokens.flatten(), texts)
    else:
        flat = model.time_text_embed(tokens.flatten(), guidance.repeat_interleave(count, 0), texts)
    out: Tensor = flat.reshape(batch, count, -1)
    return out


def modulated(norm: Any, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Normalised, scaled by 1 + `scale` and shifted."""
    out: Tensor = norm(x) * (1 + scale) + shift
    return out


def double_block(
    block: Any, image: Tensor, text: Tensor, time: Tensor, text_time: Tensor, **extra: Any
) -> tuple[Tensor, Tensor | None]:
    """A block with two streams; `time` (B, N, D) for the image, `text_time` (B, D)."""
    silu = torch.nn.functional.silu
    parts = block.norm1.linear(silu(time))
    dual = getattr(block, "attn2", None) is not None
    shift, scale, gate, shift2, scale2, gate2, *more = parts.chunk(9 if dual else 6, -1)
    only_before = getattr(block, "context_pre_only", False)
    if only_before:
        words = block.norm1_context(text, text_time)
    else:
        words, c_gate, c_shift, c_scale, c_gate2 = block.norm1_context(text, emb=text_time)
    normed = modulated(block.norm1.norm, image, scale, shift)
    seen, said = block.attn(hidden_states=normed, encoder_hidden_states=words, **extra)
    result = image + gate * seen
    if dual:
        again = modulated(block.norm1.norm, image, more[1], more[0])
        result = result + more[2] * block.attn2(hidden_states=again)
    image = result
    image = image + gate2 * block.ff(modulated(block.norm2, image, scale2, shift2))
    if only_before:
        return image, None
    text = text + c_gate[:, None] * said
    inner = modulated(block.norm2_context, text, c_scale[:, None], c_shift[:, None])
    return image, text + c_gate2[:, None] * block.ff_context(inner)


def finished(model: Any, image: Tensor, time: Tensor) -> Tensor:
    """The last modulation and projection; `time` (B, N, D)."""
    parts = model.norm_out.linear(torch.nn.functional.silu(time))
    scale, shift = parts.chunk(2, -1)
    out: Tensor = model.proj_out(modulated(model.norm_out.norm, image, scale, shift))
    return out


def naive_sd3(
    model: Any, latents: Tensor, text: Tensor, pooled: Tensor, time: Tensor, text_time: Tensor
) -> Tensor:
    """Args: latents (B, C, H, W), time (B, N) of the tokens, text_time (B,)."""
    patch = model.config.patch_size
    rows, columns = (side // patch for side in latents.shape[-2:])
    image = model.pos_embed(latents)
    words = model.context_embedder(text)
    tokens = embed(model, time, pooled)
    said = embed(model, text_time[:, None], pooled)[:, 0]
    for block in model.transformer_blocks:
        image, words = double_block(block, image, words, tokens, said)
    out = finished(model, image, tokens)
    out = out.reshape(len(out), rows, columns, patch, patch, -1)
    return torch.einsum("nhwpqc->nchpwq", out).reshape(len(out), -1, rows * patch, columns * patch)


def naive_flux(
    model: Any, hidden: Tensor, text: Tensor, pooled: Tensor, time: Tensor, text_time: Tensor,
    *, guidance: Tensor | None, image_ids: Tensor, text_ids: Tensor,
) -> Tensor:  # fmt: skip
    """Args: hidden (B, N, C), time (B, N) of all of its tokens, text_time (B,), in [0, 1]."""
    silu = torch.nn.functional.silu
    scaled = None if guidance is None else guidance * 1000
    tokens = embed(model, time * 1000, pooled, scaled)
    said = embed(model, text_time[:, None] * 1000, pooled, scaled)[:, 0]
    image, words = model.x_embedder(hidden), model.context_embedder(text)
    rotary = model.pos_embed(torch.cat((text_ids, image_ids)))
    for block in model.transformer_blocks:
        image, words = double_block(block, image, words, tokens, said, image_rotary_emb=rotary)
    length = words.shape[1]
    both = torch.cat([words, image], 1)
    joint = torch.cat([said[:, None].expand(-1, length, -1), tokens], 1)
    for block in model.single_transformer_blocks:
        shift, scale, gate = block.norm.linear(silu(joint)).chunk(3, -1)
        normed = modulated(block.norm.norm, both, scale, shift)
        attended = block.attn(hidden_states=normed, image_rotary_emb=rotary)
        wide = torch.cat([attended, block.act_mlp(block.proj_mlp(normed))], 2)
        both = both + gate * block.proj_out(wide)
    return finished(model, both[:, length:], tokens)
