"""The parts of the edit model, in FLUX.1 Kontext's classes at a small size.

Black Forest Labs et al., "FLUX.1 Kontext", arXiv:2506.15742: the reference picture's latents are
further tokens of the sequence, at positions with 1 as their first coordinate.

Kontext [dev] has a guidance embedding because it was distilled from a guided model. This one is not
distilled: the embedding would only ever see one value. So `guidance_embeds` is off, and
guidance, where wanted, is the pipeline's `true_cfg_scale`.
"""

import math
import re
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from torch import nn
from torch.nn import functional
from transformers import CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

from training.papertown.edits import MOVES, PLACES
from training.papertown.tokenizer import MAX_LENGTH, build_tokenizer, world_words
from training.papertown.vae import LATENT_CHANNELS

TEXT_WIDTH: Final = 128
HEADS: Final = 4
HEAD_WIDTH: Final = 32
WIDTH: Final = HEADS * HEAD_WIDTH
ROPE_AXES: Final = (4, 14, 14)
DOUBLE_BLOCKS: Final = 2
SINGLE_BLOCKS: Final = 4
PACKED_CHANNELS: Final = 4 * LATENT_CHANNELS
# FLUX shifts by exp(0.5) at 256 tokens. A picture of flat shapes repeats itself so much that its
# objects show through more noise than a photograph's would: what an edit changes is settled above
# sigma = 0.9, where that shift leaves few steps. exp(1.1) = 3 is Stable Diffusion 3's shift.
SHIFT: Final = 1.1
# First words of an instruction, which a writer may begin with a capital letter.
VERBS: Final = (
    "make", "paint", "change", "remove", "take", "add", "draw", "lower", "raise", "put", "move",
)  # fmt: skip
OTHER_WORDS: Final = "the arms down up away to person shirt"
GATE: Final = 0.5  # of every residual branch at the start, whatever the time
QUIET: Final = 0.3  # factor on what the branches write at the start
POSITION_SCALE: Final = 3.0  # of queries and keys along the slots that hold the position
CONSTANT: Final = 16.0  # length of the constant part of a token: layer norms then keep its size

LEAST_SIGMA: Final = 0.15  # below, the output's scale begins as if it were this
RIDGE: Final = 1.0


def edit_words() -> list[str]:
    """Every word and sign of instructions and captions, sorted."""
    sentences = [OTHER_WORDS, *VERBS, *PLACES, *(text for pair in MOVES.values() for text in pair)]
    words = {word for text in sentences for word in re.findall(r"[a-z]+", text)}
    return sorted(words | set(world_words()))


def build_clip_tokenizer(folder: Path) -> CLIPTokenizer:
    """The tokenizer of the pooled text vector: one token for every word."""
    return build_tokenizer(folder, edit_words())


def build_t5_tokenizer() -> T5Tokenizer:
    """A unigram tokenizer with one piece for every word, letters and signs for the rest."""
    words = [f"▁{word}" for word in edit_words() if word != ","]
    words += [f"▁{verb.capitalize()}" for verb in VERBS]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -8.0)]
    pieces += [(word, -1.0) for word in words]
    pieces += [(sign, -9.0) for sign in "abcdefghijklmnopqrstuvwxyz,.!"]
    tokenizer: T5Tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=MAX_LENGTH)
    return tokenizer


def build_t5(tokenizer: T5Tokenizer) -> T5EncoderModel:
    """A fresh T5 encoder of two layers."""
    return T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=TEXT_WIDTH,
            d_kv=32,
            d_ff=2 * TEXT_WIDTH,
            num_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            feed_forward_proj="gated-gelu",
            use_cache=False,
        )
    )


def build_edit_scheduler() -> FlowMatchEulerDiscreteScheduler:
    """FLUX's sampler, with the shift of this world at its 256 tokens."""
    scheduler: FlowMatchEulerDiscreteScheduler = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=SHIFT,
        max_shift=SHIFT + 0.65,
        base_image_seq_len=256,
        max_image_seq_len=4096,
    )
    return scheduler


def build_transformer() -> FluxTransformer2DModel:
    """A transformer that begins by predicting noisy - reference: the copy, seen from noise alone.

    A training of a few thousand steps can spend none of them on learning to copy. So the tokens'
    32 channels go through the network unchanged; in the last block one head, which looks at the
    same place of the reference, subtracts them there (`look_at_reference`).
    """
    transformer: FluxTransformer2DModel = FluxTransformer2DModel(
        patch_size=1,
        in_channels=PACKED_CHANNELS,
        num_layers=DOUBLE_BLOCKS,
        num_single_layers=SINGLE_BLOCKS,
        attention_head_dim=HEAD_WIDTH,
        num_attention_heads=HEADS,
        joint_attention_dim=TEXT_WIDTH,
        pooled_projection_dim=TEXT_WIDTH,
        guidance_embeds=False,
        axes_dims_rope=ROPE_AXES,
    )
    prepare_blocks(transformer)
    for block in [*transformer.transformer_blocks, *transformer.single_transformer_blocks]:
        look_at_reference(block.attn)
    subtract_reference(transformer)
    divide_by_noise_level(transformer)
    return transformer


@torch.no_grad()
def prepare_blocks(transformer: FluxTransformer2DModel) -> None:
    """Let every modulation begin as a constant with open gates, and the branches write little.

    A gate of zero (Peebles and Xie, arXiv:2212.09748) would have to be opened first.
    """
    for name, module in transformer.named_modules():
        if not isinstance(module, nn.Linear):
            continue
        if name.endswith(
            (".norm.linear", "norm1.linear", "norm1_context.linear", "norm_out.linear")
        ):
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)
            parts = module.bias.view(-1, WIDTH)
            # Six parts are shift, scale, gate for attention, then for the MLP; three for both.
            for gate in {6: (2, 5), 3: (2,), 2: ()}[len(parts)]:
                parts[gate] = GATE
        elif name.endswith(("to_out.0", "to_add_out", "net.2")) or (
            name.startswith("single") and name.endswith("proj_out")
        ):
            module.weight *= QUIET


@torch.no_grad()
def look_at_reference(attention: Any) -> None:
    """Let the first head begin by attending from each place to the same place of the reference.

    Its queries and keys begin as constants, so that only the rotary position decides: at equal
    rows and columns, and one step further along the first axis, they agree best. The norms'
    weights, which all heads share, make that sharp; the other heads' projections undo them.
    """
    query, key = torch.zeros(HEAD_WIDTH), torch.zeros(HEAD_WIDTH)
    scale = torch.ones(HEAD_WIDTH)
    # Pairs of slots that turn fastest: one of the first axis, two each of rows and columns.
    rows_at, columns_at = ROPE_AXES[0], ROPE_AXES[0] + ROPE_AXES[1]
    slots = (0, rows_at, rows_at + 2, columns_at, columns_at + 2)
    size = math.sqrt(HEAD_WIDTH / len(slots))
    for slot in slots:
        # A key one step ahead on the first axis will have turned by one radian: turn it back.
        lead = 1.0 if slot == 0 else 0.0
        query[slot] = size
        key[slot], key[slot + 1] = size * math.cos(lead), -size * math.sin(lead)
        scale[slot : slot + 2] = POSITION_SCALE
    for projection, norm, start in (
        (attention.to_q, attention.norm_q, query),
        (attention.to_k, attention.norm_k, key),
    ):
        projection.weight /= scale.repeat(HEADS).unsqueeze(1)
        projection.bias /= scale.repeat(HEADS)
        projection.weight[:HEAD_WIDTH] = 0
        projection.bias[:HEAD_WIDTH] = start
        norm.weight.copy_(scale)


@torch.no_grad()
def subtract_reference(transformer: FluxTransformer2DModel) -> None:
    """Let a token carry its channels to the output, less those of its reference."""
    # Orthogonal directions without a mean, which a layer norm would take away.
    directions = torch.randn(WIDTH, PACKED_CHANNELS + 1)
    basis = torch.linalg.qr(directions - directions.mean(dim=0)).Q
    carrier, constant = basis[:, :PACKED_CHANNELS], basis[:, PACKED_CHANNELS]
    transformer.x_embedder.weight.copy_(carrier)
    transformer.x_embedder.bias.copy_(CONSTANT * constant)
    # What a layer norm divides by, where channels have variance one.
    size = math.sqrt((CONSTANT**2 + PACKED_CHANNELS) / WIDTH)
    last: Any = transformer.single_transformer_blocks[-1]
    last.attn.to_v.weight[:HEAD_WIDTH] = carrier.T
    last.attn.to_v.bias[:HEAD_WIDTH] = 0
    last.proj_out.weight[:, :HEAD_WIDTH] = -carrier * size / GATE
    transformer.proj_out.weight.copy_(carrier.T * size)
    nn.init.zeros_(transformer.proj_out.bias)


@torch.no_grad()
def divide_by_noise_level(transformer: FluxTransformer2DModel) -> None:
    """Let the output's scale begin as 1 / sigma, so that (noisy - reference) / sigma comes out.

    That is the velocity of a copy. The scale is linear in the features of time; its weights are
    fitted by ridge regression.
    """
    embedding = transformer.time_text_embed
    for part in (embedding.text_embedder.linear_2.weight, embedding.text_embedder.linear_2.bias):
        nn.init.zeros_(part)
    sigmas = torch.linspace(LEAST_SIGMA / 2, 1, 2000)
    pooled = torch.zeros(len(sigmas), TEXT_WIDTH)
    features = functional.silu(embedding(1000 * sigmas, pooled)).double()
    features = torch.cat([features, torch.ones(len(sigmas), 1)], dim=1)
    wanted = 1 / sigmas.clamp(min=LEAST_SIGMA).double().unsqueeze(1) - 1
    gram = features.T @ features + RIDGE * torch.eye(features.shape[1])
    weights = torch.linalg.solve(gram, features.T @ wanted).float()
    scale = transformer.norm_out.linear
    scale.weight[:WIDTH] = weights[:-1].T
    scale.bias[:WIDTH] = weights[-1]


def pack(latents: torch.Tensor) -> torch.Tensor:
    """Latents (N, C, H, W) as FLUX's tokens (N, H / 2 * W / 2, 4 C): 2 x 2 blocks, row by row."""
    count, channels, height, width = latents.shape
    blocks = latents.view(count, channels, height // 2, 2, width // 2, 2)
    tokens = blocks.permute(0, 2, 4, 1, 3, 5)
    return tokens.reshape(count, height // 2 * (width // 2), 4 * channels)


def place_ids(side: int, reference: bool) -> torch.Tensor:
    """Positions (side * side, 3) of the tokens of a square picture, or of a reference picture."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    first = torch.full_like(rows, int(reference))
    return torch.stack([first, rows, columns], dim=-1).reshape(-1, 3).float()
