"""FLUX.2, Qwen-Image and Z-Image done token by token: every token's modulation by itself."""

from typing import Any

import torch
from torch import Tensor

from benchmarks.naive_transformers import finished, modulated


def naive_flux2(
    model: Any, hidden: Tensor, text: Tensor, time: Tensor, text_time: Tensor,
    *, guidance: Tensor, image_ids: Tensor, text_ids: Tensor,
) -> Tensor:  # fmt: skip
    """Args: hidden (B, N, C), time (B, N) of all of its tokens, text_time (B,), in [0, 1]."""

    def embed(tokens: Tensor) -> Tensor:
        scales = guidance.repeat_interleave(tokens.shape[1]) * 1000
        flat: Tensor = model.time_guidance_embed(tokens.flatten() * 1000, scales)
        return flat.reshape(*tokens.shape, -1)

    tokens, said = embed(time), embed(text_time[:, None])
    image, words = model.x_embedder(hidden), model.context_embedder(text)
    places = [model.pos_embed(text_ids), model.pos_embed(image_ids)]
    rotary = tuple(torch.cat(parts) for parts in zip(*places, strict=True))
    # Its blocks take a modulation for every token as it is.
    for block in model.transformer_blocks:
        words, image = block(
            image, words, model.double_stream_modulation_img(tokens),
            model.double_stream_modulation_txt(said), rotary,
        )  # fmt: skip
    length = words.shape[1]
    both = torch.cat([words, image], 1)
    joint = torch.cat([said.expand(-1, length, -1), tokens], 1)
    for block in model.single_transformer_blocks:
        both = block(both, None, model.single_stream_modulation(joint), rotary)
    return finished(model, both[:, length:], tokens)


def naive_qwen(
    model: Any, hidden: Tensor, text: Tensor, mask: Tensor, shapes: Any, time: Tensor,
    text_time: Tensor, targets: int,
) -> Tensor:  # fmt: skip
    """Args: as above; tokens from `targets` on are references."""

    def embed(tokens: Tensor) -> Tensor:
        flat: Tensor = model.time_text_embed(tokens.flatten(), hidden)
        return flat.reshape(*tokens.shape, -1)

    tokens, said = embed(time), embed(text_time[:, None])
    inside = tokens
    if model.zero_cond_t:
        clean = time.clone()
        clean[:, targets:] = 0
        inside = embed(clean)
    image, words = model.img_in(hidden), model.txt_in(model.txt_norm(text))
    rotary = model.pos_embed(shapes, max_txt_seq_len=text.shape[1], device=hidden.device)
    for block in model.transformer_blocks:
        shift, scale, gate, shift2, scale2, gate2 = block.img_mod(inside).chunk(6, -1)
        c_shift, c_scale, c_gate, c_shift2, c_scale2, c_gate2 = block.txt_mod(said).chunk(6, -1)
        seen, told = block.attn(
            hidden_states=modulated(block.img_norm1, image, scale, shift),
            encoder_hidden_states=modulated(block.txt_norm1, words, c_scale, c_shift),
            encoder_hidden_states_mask=mask, image_rotary_emb=rotary,
        )  # fmt: skip
        image = image + gate * seen
        words = words + c_gate * told
        image = image + gate2 * block.img_mlp(modulated(block.img_norm2, image, scale2, shift2))
        inner = modulated(block.txt_norm2, words, c_scale2, c_shift2)
        words = words + c_gate2 * block.txt_mlp(inner)
    return finished(model, image, tokens)


def naive_z_image(
    model: Any, latents: list[Tensor], captions: list[Tensor], time: Tensor, text_time: Tensor
) -> Tensor:
    """Args: latents (C, 1, H, W) each, captions (L, D) each, time (B, N), text_time (B,)."""

    def embedded(length: int) -> Tensor:
        rest = text_time[:, None].expand(-1, length - time.shape[1])
        tokens = torch.cat([time, rest], 1)
        flat: Tensor = model.t_embedder(tokens.flatten() * model.t_scale)
        return flat.reshape(*tokens.shape, -1)

    def block(layer: Any, x: Tensor, mask: Tensor | None, places: Tensor) -> Tensor:
        parts = layer.adaLN_modulation(embedded(x.shape[1])).chunk(4, -1)
        scale, gate, scale2, gate2 = parts[0], parts[1].tanh(), parts[2], parts[3].tanh()
        inner = layer.attention_norm1(x) * (1 + scale)
        seen = layer.attention(inner, attention_mask=mask, freqs_cis=places)
        x = x + gate * layer.attention_norm2(seen)
        wide: Tensor = layer.feed_forward(layer.ffn_norm1(x) * (1 + scale2))
        out: Tensor = x + gate2 * layer.ffn_norm2(wide)
        return out

    x, caps, sizes, x_ids, cap_ids, x_pad, cap_pad = model.patchify_and_embed(
        latents, captions, 2, 1
    )
    lengths, cap_lengths = [len(i) for i in x], [len(i) for i in caps]
    image, places, mask, _, _ = model._prepare_sequence(
        list(model.all_x_embedder["2-1"](torch.cat(x)).split(lengths)), x_ids, x_pad,
        model.x_pad_token,
    )  # fmt: skip
    for layer in model.noise_refiner:
        image = block(layer, image, mask, places)
    words, cap_places, cap_mask, _, _ = model._prepare_sequence(
        list(model.cap_embedder(torch.cat(caps)).split(cap_lengths)), cap_ids, cap_pad,
        model.cap_pad_token,
    )  # fmt: skip
    for layer in model.context_refiner:
        words = layer(words, cap_mask, cap_places)
    both, places, mask, _ = model._build_unified_sequence(
        image, places, lengths, None, words, cap_places, cap_lengths, None, None, None, None, None,
        omni_mode=False, device=image.device,
    )  # fmt: skip
    for layer in model.layers:
        both = block(layer, both, mask, places)
    final = model.all_final_layer["2-1"]
    both = final.norm_final(both) * (1 + final.adaLN_modulation(embedded(both.shape[1])))
    return torch.stack(model.unpatchify(list(final.linear(both).unbind()), sizes, 2, 1))
