"""The training set of the edit model: latents of scenes and of their edits, in shards.

A shard holds the edits of consecutive scene seeds. A picture that occurs in several edits is drawn
and encoded once. Latents are the posterior's mean, shifted and scaled, as the pipeline encodes a
reference picture.

    python -m training.papertown.edit_data --scenes 2000
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.device import channels_last, choose_device
from training.papertown.edit_sampling import assert_none_held_out, training_edits
from training.papertown.edits import OPERATIONS, Edit, Plan, draw
from training.papertown.export import MODELS
from training.papertown.latents import encode

SHARD_SCENES: Final = 100


@dataclass(frozen=True)
class EditSet:
    """Edits as tensors.

    Attributes:
        latents: (P, 8, 32, 32) bf16, scaled.
        pairs: (N, 2) rows of `latents` before and after each edit.
        operations: (N,) places in `OPERATIONS`.
        instructions: N sentences.
    """

    latents: torch.Tensor
    pairs: torch.Tensor
    operations: torch.Tensor
    instructions: list[str]

    def __len__(self) -> int:
        return len(self.pairs)


def released_vae(
    device: torch.device, folder: Path = MODELS / "papertown" / "vae"
) -> AutoencoderKL:
    """The autoencoder that all Paper Town models share, in float32."""
    vae: AutoencoderKL = AutoencoderKL.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32
    )
    vae.eval()
    return channels_last(vae, device)


def encode_plans(vae: AutoencoderKL, plans: list[Plan], device: torch.device) -> torch.Tensor:
    """Scaled latents (N, 8, 32, 32) bf16 of drawn plans."""
    parts = []
    for start in range(0, len(plans), 16):
        pictures = np.stack([draw(plan)[0] for plan in plans[start : start + 16]])
        parts.append(encode(vae, pictures, device) * vae.config["scaling_factor"])
    return torch.cat(parts).bfloat16().cpu()


def encode_edits(vae: AutoencoderKL, edits: list[Edit], device: torch.device) -> EditSet:
    """Draw and encode edits.

    Raises:
        ValueError: an edit contains a held-out combination.
    """
    assert_none_held_out(edits)
    plans = list(dict.fromkeys(plan for edit in edits for plan in (edit.before, edit.after)))
    row = {plan: index for index, plan in enumerate(plans)}
    return EditSet(
        encode_plans(vae, plans, device),
        torch.tensor([[row[edit.before], row[edit.after]] for edit in edits]),
        torch.tensor([OPERATIONS.index(edit.operation) for edit in edits]),
        [edit.instruction for edit in edits],
    )


def write_shard(path: Path, shard: EditSet) -> None:
    """Write a shard, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(vars(shard), path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def read_shards(folder: Path, most: int | None = None) -> EditSet:
    """Join the shards of a folder, in order of their names.

    Args:
        folder: where `write_shard` wrote.
        most: read only the first so many.

    Raises:
        FileNotFoundError: there are none.
    """
    paths = sorted(folder.glob("*.pt"))[:most]
    if not paths:
        raise FileNotFoundError(f"No edits in {folder}: run training.papertown.edit_data first.")
    shards = [EditSet(**torch.load(path, weights_only=True)) for path in paths]
    firsts = np.cumsum([0, *(len(shard.latents) for shard in shards[:-1])])
    return EditSet(
        torch.cat([shard.latents for shard in shards]),
        torch.cat([s.pairs + int(first) for s, first in zip(shards, firsts, strict=True)]),
        torch.cat([shard.operations for shard in shards]),
        [text for shard in shards for text in shard.instructions],
    )


def main() -> None:
    """Write the shards that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    vae = released_vae(device)
    for first in range(0, arguments.scenes, SHARD_SCENES):
        path = arguments.root / "edits" / f"{first:06d}.pt"
        if not path.exists():
            last = min(first + SHARD_SCENES, arguments.scenes)
            edits = [edit for seed in range(first, last) for edit in training_edits(seed)]
            write_shard(path, encode_edits(vae, edits, device))
            print("wrote", path, len(edits), flush=True)


if __name__ == "__main__":
    main()
