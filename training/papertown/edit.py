"""Train the edit model: a FLUX Kontext transformer on cached latents of scenes and their edits.

Flow matching as FLUX (Esser et al., arXiv:2403.03206): x = (1 - sigma) clean + sigma noise, and the
network predicts noise - clean. Most steps see few of the 256 places, the same random ones in
both pictures, and no padding of the text (dropping tokens for speed: Zheng et al.,
arXiv:2306.09305). Positions are rotary, so a token knows its place without its neighbours.

    python -m training.papertown.edit --steps 20000
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.device import autocast, choose_device, place
from training.papertown.edit_data import EditSet, read_shards
from training.papertown.edit_models import (
    SHIFT,
    build_clip_tokenizer,
    build_t5_tokenizer,
    build_transformer,
    pack,
    place_ids,
)
from training.papertown.edit_text import load_encoders, t5_tokens
from training.papertown.edits import OPERATIONS
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator
from training.papertown.models import LATENT_SIZE, tokenize
from training.papertown.threads import ThreadChooser

INSTRUCTION_DROPOUT: Final = 0.1
SHARES: Final = {"recolour": 0.27, "add": 0.29, "remove": 0.17, "arms": 0.11, "background": 0.16}
SIDE: Final = LATENT_SIZE // 2
PLACES: Final = SIDE * SIDE
SEEN_PLACES: Final = 48
SEEN_WORDS: Final = 12  # tokens of the longest instruction and its end
# Share of steps with every place and a batch smaller in proportion: before and after `FINE_FROM`.
WHOLE_SHARE: Final = (0.1, 0.5)
FINE_FROM: Final = 0.6
CHANGED_WEIGHT: Final = 5.0
CHANGED_FROM: Final = 0.05  # mean squared difference of a token's latents that counts as a change


@dataclass(frozen=True)
class TextStates:
    """Encoded instructions; the last row is the empty one.

    Attributes:
        states: (U, 32, width) of T5.
        pooled: (U, width) of CLIP.
        rows: (N,) row of each edit.
    """

    states: torch.Tensor
    pooled: torch.Tensor
    rows: torch.Tensor


@dataclass(frozen=True)
class EditBatch:
    """Inputs and targets of one step, for P of the places.

    Attributes:
        tokens: (B, 2 P, 32) noisy picture, then clean reference.
        velocity: (B, P, 32) target.
        weights: (B, P) loss weights.
        sigmas: (B,) noise levels in [0, 1].
        places: (2 P, 3) positions.
        text: (B, L, width) states of T5.
        pooled: (B, width) of CLIP.
    """

    tokens: torch.Tensor
    velocity: torch.Tensor
    weights: torch.Tensor
    sigmas: torch.Tensor
    places: torch.Tensor
    text: torch.Tensor
    pooled: torch.Tensor


@torch.no_grad()
def encode_instructions(root: Path, instructions: list[str]) -> TextStates:
    """Encode every different instruction once."""
    clip, t5 = load_encoders(root)
    clip_tokenizer = build_clip_tokenizer(root / "edit_tokenizer")
    t5_tokenizer = build_t5_tokenizer()
    different = [*dict.fromkeys(instructions), ""]
    row = {text: index for index, text in enumerate(different)}
    states, pooled = [], []
    for start in range(0, len(different), 64):
        texts = different[start : start + 64]
        states.append(t5(t5_tokens(t5_tokenizer, texts)).last_hidden_state)
        pooled.append(clip(tokenize(clip_tokenizer, texts)).pooler_output)
    rows = torch.tensor([row[text] for text in instructions])
    return TextStates(torch.cat(states), torch.cat(pooled), rows)


def noise_levels(count: int, rng: np.random.Generator) -> np.ndarray:
    """Sigmas (count,): a tenth 1, where sampling starts, a fifth uniform, the rest logit-normal.

    The logit-normal's location is the sampler's shift, which makes both densest at the same place.
    """
    kind = rng.random(count)
    normal = 1 / (1 + np.exp(-(SHIFT + rng.standard_normal(count))))
    sigmas: np.ndarray = np.where(kind < 0.2, rng.random(count), normal)
    sigmas[kind > 0.9] = 1.0
    return sigmas


def draw_batch(
    edits: EditSet, text: TextStates, size: int, seen: int, rng: np.random.Generator
) -> EditBatch:
    """Draw edits, operations by `SHARES`, and noise them at `seen` of the places."""
    operations = edits.operations.numpy()
    shares = np.array([SHARES[name] for name in OPERATIONS])
    weights = (shares / np.maximum(1, np.bincount(operations, minlength=len(shares))))[operations]
    chosen = torch.from_numpy(rng.choice(len(edits), size=size, p=weights / weights.sum()))
    places = torch.from_numpy(np.sort(rng.permutation(PLACES)[:seen]))
    before, clean = (
        pack(edits.latents[edits.pairs[chosen, column]].float())[:, places] for column in (0, 1)
    )
    noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
    sigmas = torch.from_numpy(noise_levels(size, rng).astype(np.float32))
    level = sigmas.view(-1, 1, 1)
    changed = (clean - before).square().mean(dim=2) > CHANGED_FROM
    dropped = torch.from_numpy(rng.random(size) < INSTRUCTION_DROPOUT)
    rows = torch.where(dropped, len(text.states) - 1, text.rows[chosen])
    words = SEEN_WORDS if seen < PLACES else text.states.shape[1]
    return EditBatch(
        tokens=torch.cat([(1 - level) * clean + level * noise, before], dim=1),
        velocity=noise - clean,
        weights=1 + (CHANGED_WEIGHT - 1) * changed.float(),
        sigmas=sigmas,
        places=torch.cat([place_ids(SIDE, False)[places], place_ids(SIDE, True)[places]]),
        text=text.states[rows, :words],
        pooled=text.pooled[rows],
    )


def flow_loss(
    transformer: FluxTransformer2DModel, batch: EditBatch, device: torch.device
) -> Losses:
    """Weighted mean squared error of the velocity; beside it the plain error of each region."""
    with autocast(device):
        predicted = transformer(
            hidden_states=batch.tokens.to(device),
            encoder_hidden_states=batch.text.to(device),
            pooled_projections=batch.pooled.to(device),
            timestep=batch.sigmas.to(device),
            img_ids=batch.places.to(device),
            txt_ids=torch.zeros(batch.text.shape[1], 3, device=device),
            return_dict=False,
        )[0]
    velocity = batch.velocity.to(device)
    errors = (predicted[:, : velocity.shape[1]].float() - velocity).square().mean(dim=2)
    weights = batch.weights.to(device)
    changed = weights > 1
    return {
        "loss": (errors * weights).sum() / weights.sum(),
        "changed": errors[changed].mean() if changed.any() else errors.mean(),
        "kept": errors[~changed].mean(),
    }


def main() -> None:
    """Train the edit model, or go on where a run was cut off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--deadline", type=float, default=None, help="end by this Unix time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--adapt-threads", action="store_true", help="see threads.py")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    edits = read_shards(arguments.root / "edits")
    text = encode_instructions(arguments.root, edits.instructions)
    print(len(edits), "edits,", len(text.states), "instructions", flush=True)
    torch.manual_seed(1)
    transformer = place(build_transformer(), device)
    config = RunConfig(
        folder=arguments.root / "edit",
        steps=arguments.steps,
        peak_rate=arguments.rate,
        warm_up=20,
        flat_until=0.5,
        ema_decay=0.995,
        deadline=arguments.deadline,
    )
    run = TrainingRun(transformer, config)
    chooser = ThreadChooser() if arguments.adapt_threads else None

    def compute(step: int) -> Losses:
        if chooser is not None:
            chooser.before_step()
        rng = batch_generator(config.seed, step)
        whole = rng.random() < WHOLE_SHARE[run.progress() >= FINE_FROM]
        size, seen = arguments.batch, SEEN_PLACES
        if whole:
            size, seen = max(1, arguments.batch * SEEN_PLACES // PLACES), PLACES
        return flow_loss(transformer, draw_batch(edits, text, size, seen, rng), device)

    run.train(compute)


if __name__ == "__main__":
    main()
