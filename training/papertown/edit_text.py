"""Teach both text encoders of the edit model what an instruction says, then leave them as they are.

As in `text_pretraining`, the encoders learn from sentences alone to state what is asked for: CLIP
in its pooled vector, T5 in the mean of its states. The heads are thrown away. Afterwards the
encoders are frozen, so that every instruction is encoded once.

    python -m training.papertown.edit_text
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from torch import nn
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5Tokenizer

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.edit_models import (
    TEXT_WIDTH,
    VERBS,
    build_clip_tokenizer,
    build_t5,
    build_t5_tokenizer,
)
from training.papertown.edit_sampling import assert_none_held_out, training_edits
from training.papertown.edits import OPERATIONS, PLACES, Edit
from training.papertown.models import build_text_encoder, tokenize
from training.papertown.muon import Muon
from training.papertown.tokenizer import MAX_LENGTH
from training.papertown.vocabulary import BACKGROUNDS, COLOURS, KINDS

KIND_NAMES: Final = ["", *KINDS]
COLOUR_NAMES: Final = ["", *COLOURS]
PLACE_NAMES: Final = ["", *PLACES]
BACKGROUND_NAMES: Final = ["", *BACKGROUNDS]
FIELDS: Final = (
    len(OPERATIONS), len(KIND_NAMES), len(COLOUR_NAMES), len(PLACE_NAMES), len(BACKGROUND_NAMES), 3,
)  # fmt: skip
LONGEST: Final = 16  # tokens of an instruction, with start and end


def labels(edit: Edit) -> list[int]:
    """What an instruction states: a class for each of `FIELDS`; 0 where it says nothing."""
    background = edit.after.background if edit.operation == "background" else ""
    raised = 0
    if edit.operation == "arms":
        raised = 1 + any(item.raised for item in edit.after.items if item not in edit.before.items)
    return [
        OPERATIONS.index(edit.operation),
        KIND_NAMES.index(edit.kind),
        COLOUR_NAMES.index(edit.colour),
        PLACE_NAMES.index(edit.place),
        BACKGROUND_NAMES.index(background),
        raised,
    ]


def t5_tokens(tokenizer: T5Tokenizer, texts: list[str]) -> torch.Tensor:
    """Instructions to (N, 32) token ids, padded as FLUX's pipelines pad them."""
    encoded = tokenizer(
        texts, padding="max_length", max_length=MAX_LENGTH, truncation=True, return_tensors="pt"
    )
    tokens: torch.Tensor = encoded.input_ids
    return tokens


class InstructionReader(nn.Module):
    """Both encoders, with a head for every field on each."""

    def __init__(self, clip: CLIPTextModel, t5: T5EncoderModel) -> None:
        super().__init__()
        self.clip = clip
        self.t5 = t5
        self.clip_heads = nn.ModuleList([nn.Linear(TEXT_WIDTH, size) for size in FIELDS])
        self.t5_heads = nn.ModuleList([nn.Linear(TEXT_WIDTH, size) for size in FIELDS])

    def forward(
        self, clip_tokens: torch.Tensor, t5_ids: torch.Tensor
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Logits of every field from CLIP's pooled vector and from the mean of T5's states."""
        pooled = self.clip(clip_tokens).pooler_output
        mean = self.t5(t5_ids).last_hidden_state.mean(dim=1)
        return (
            [head(pooled) for head in self.clip_heads],
            [head(mean) for head in self.t5_heads],
        )


def sample_edits(first: int) -> Iterator[Edit]:
    """Edits of training scenes from a seed upwards, without end."""
    seed = first
    while True:
        edits = training_edits(seed)
        assert_none_held_out(edits)
        yield from random.Random(seed).sample(edits, min(4, len(edits)))
        seed += 1


@torch.no_grad()
def alias_capitals(t5: T5EncoderModel, tokenizer: T5Tokenizer) -> None:
    """Give a verb with a capital letter the meaning of the one without."""
    table = t5.shared.weight
    for verb in VERBS:
        small = tokenizer.convert_tokens_to_ids(f"▁{verb}")
        capital = tokenizer.convert_tokens_to_ids(f"▁{verb.capitalize()}")
        table[capital] = table[small]


def pretrain(root: Path, steps: int, batch: int = 32) -> tuple[float, float]:
    """Train the encoders and write `edit_text.pt`.

    Returns:
        Share of 512 further instructions of which CLIP, and T5, state every field rightly.
    """
    torch.manual_seed(0)
    clip_tokenizer = build_clip_tokenizer(root / "edit_tokenizer")
    t5_tokenizer = build_t5_tokenizer()
    reader = InstructionReader(build_text_encoder(clip_tokenizer), build_t5(t5_tokenizer))
    optimiser = Muon(reader.parameters(), lr=2e-3)
    source = sample_edits(1_000_000)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1.0, (step + 1) / 20, 2 * (1 - step / steps))
        edits = [next(source) for _ in range(batch)]
        both, wanted = _read(reader, edits, clip_tokenizer, t5_tokenizer)
        loss = torch.stack(
            [
                functional.cross_entropy(part, wanted[:, field])
                for logits in both
                for field, part in enumerate(logits)
            ]
        ).sum()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward([loss])
        optimiser.apply_gradients()
        if step % 20 == 0:
            print(step, f"{float(loss.detach()):.4f}", flush=True)
    alias_capitals(reader.t5, t5_tokenizer)
    torch.save(
        {"clip": reader.clip.state_dict(), "t5": reader.t5.state_dict()}, root / "edit_text.pt"
    )
    with torch.no_grad():
        edits = [next(source) for _ in range(512)]
        both, wanted = _read(reader, edits, clip_tokenizer, t5_tokenizer)
    clip, t5 = (
        torch.stack([part.argmax(dim=1) for part in logits], dim=1).eq(wanted).all(dim=1)
        for logits in both
    )
    return float(clip.float().mean()), float(t5.float().mean())


def _read(
    reader: InstructionReader,
    edits: list[Edit],
    clip_tokenizer: CLIPTokenizer,
    t5_tokenizer: T5Tokenizer,
) -> tuple[tuple[list[torch.Tensor], list[torch.Tensor]], torch.Tensor]:
    texts = [edit.instruction for edit in edits]
    wanted = torch.tensor([labels(edit) for edit in edits])
    # CLIP's attention is causal: what follows the end of a sentence does not reach its vector.
    tokens = tokenize(clip_tokenizer, texts)[:, :LONGEST]
    return reader(tokens, t5_tokens(t5_tokenizer, texts)), wanted


def load_encoders(root: Path) -> tuple[CLIPTextModel, T5EncoderModel]:
    """The pretrained encoders, frozen."""
    clip = build_text_encoder(build_clip_tokenizer(root / "edit_tokenizer"))
    t5 = build_t5(build_t5_tokenizer())
    state = torch.load(root / "edit_text.pt", weights_only=True)
    clip.load_state_dict(state["clip"])
    t5.load_state_dict(state["t5"])
    for encoder in (clip, t5):
        encoder.requires_grad_(False)
        nn.Module.eval(encoder)
    return clip, t5


def main() -> None:
    """Pretrain the encoders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    clip, t5 = pretrain(arguments.root, arguments.steps)
    print(f"every field right: CLIP {clip:.3f}, T5 {t5:.3f}")


if __name__ == "__main__":
    main()
