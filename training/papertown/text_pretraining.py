"""Teach the text encoder what a caption says before any picture is drawn.

A denoiser that must find out from noisy latents which colour belongs to which noun needs many
steps to do so. Here the encoder first learns, from sentences alone, to state at every noun its
count, colour and kind, and at the padding (which sees the whole sentence, as attention is causal)
the summary of the scene. The heads are thrown away. It takes a minute.
"""

import argparse
import random
from pathlib import Path
from typing import Final

import torch
from torch import nn
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer

from training.papertown.captions import Prompt, caption
from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.models import TEXT_WIDTH, build_text_encoder, tokenize
from training.papertown.muon import Muon
from training.papertown.tokenizer import build_tokenizer
from training.papertown.vocabulary import BACKGROUNDS, COLOURS, KINDS, PLURALS, RELATIONS
from training.papertown.world import sample_prompt

COLOUR_NAMES: Final = list(COLOURS)
BACKGROUND_NAMES: Final = list(BACKGROUNDS)
RELATION_NAMES: Final = list(RELATIONS)
UNKNOWN: Final = -100  # ignored by cross-entropy
NOUNS: Final = frozenset({*KINDS, *PLURALS.values(), "shirt", "shirts"} - {"person", "people"})
# Fields of the summary: name, number of classes.
SUMMARY: Final = (
    *((f"count of {kind}", 6) for kind in KINDS),
    *((f"colour of {kind}", len(COLOURS)) for kind in KINDS),
    ("background", len(BACKGROUNDS) + 1),
    ("relation", len(RELATIONS) + 1),
    ("first kind", len(KINDS)),
)
NOUN: Final = (("count", 6), ("colour", len(COLOURS)), ("kind", len(KINDS)))


def summary_labels(prompt: Prompt) -> list[int]:
    """The labels of `SUMMARY` for a prompt."""
    by_kind = {group.kind: group for group in prompt.groups}
    counts = [by_kind[kind].count if kind in by_kind else 0 for kind in KINDS]
    colours = [
        COLOUR_NAMES.index(by_kind[kind].colour) if kind in by_kind else UNKNOWN for kind in KINDS
    ]
    background = len(BACKGROUNDS)
    if prompt.background is not None:
        background = BACKGROUND_NAMES.index(prompt.background)
    relation = len(RELATIONS)
    if prompt.relation is not None:
        relation = RELATION_NAMES.index(prompt.relation)
    return [*counts, *colours, background, relation, KINDS.index(prompt.groups[0].kind)]


def noun_labels(prompt: Prompt, words: list[str]) -> list[list[int]]:
    """The labels of `NOUN` at each token; unknown where the token is no noun of a group."""
    labels = [[UNKNOWN] * len(NOUN) for _ in words]
    places = [i for i, word in enumerate(words) if word.removesuffix("</w>") in NOUNS]
    for place, group in zip(places, prompt.groups, strict=True):
        labels[place] = [
            group.count,
            COLOUR_NAMES.index(group.colour),
            KINDS.index(group.kind),
        ]
    return labels


def _cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, fields: tuple[tuple[str, int], ...]
) -> torch.Tensor:
    """Mean over the fields; logits (M, sum of classes), labels (M, fields)."""
    losses = []
    for field, part in enumerate(torch.split(logits, [classes for _, classes in fields], dim=1)):
        target = labels[:, field]
        if bool((target != UNKNOWN).any()):
            losses.append(functional.cross_entropy(part, target, ignore_index=UNKNOWN))
    return torch.stack(losses).mean()


class CaptionReader(nn.Module):
    """A text encoder with linear heads for nouns and for the summary."""

    def __init__(self, encoder: CLIPTextModel, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.noun = nn.Linear(width, sum(classes for _, classes in NOUN))
        self.summary = nn.Linear(width, sum(classes for _, classes in SUMMARY))

    def forward(
        self, tokens: torch.Tensor, nouns: torch.Tensor, summaries: torch.Tensor, end: int
    ) -> torch.Tensor:
        """The loss of a batch: tokens (N, L), nouns (N, L, 3), summaries (N, fields)."""
        states = self.encoder(tokens).last_hidden_state
        noun_loss = _cross_entropy(self.noun(states).flatten(0, 1), nouns.flatten(0, 1), NOUN)
        rows, places = torch.nonzero(tokens == end, as_tuple=True)
        summary_loss = _cross_entropy(self.summary(states[rows, places]), summaries[rows], SUMMARY)
        return noun_loss + summary_loss


def pretrain(
    encoder: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    steps: int = 1200,
    batch: int = 64,
    seed: int = 0,
) -> list[float]:
    """Train an encoder in place; returns the loss of every step."""
    torch.manual_seed(seed)
    rng = random.Random(f"captions-{seed}")
    reader = CaptionReader(encoder, encoder.config.hidden_size)
    optimiser = Muon(reader.parameters(), lr=2e-3)
    end = tokenizer.eos_token_id
    history = []
    for step in range(steps):
        prompts = [sample_prompt(rng)[0] for _ in range(batch)]
        tokens = tokenize(tokenizer, [caption(prompt) for prompt in prompts])
        nouns = torch.tensor(
            [
                noun_labels(prompt, list(tokenizer.convert_ids_to_tokens(row)))
                for prompt, row in zip(prompts, tokens.tolist(), strict=True)
            ]
        )
        summaries = torch.tensor([summary_labels(prompt) for prompt in prompts])
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1.0, (step + 1) / 50, 2 * (steps - step) / steps)
        loss = reader(tokens, nouns, summaries, end)
        optimiser.zero_grad()
        loss.backward()
        optimiser.apply_gradients()
        history.append(float(loss.detach()))
    return history


def main() -> None:
    """Build the tokenizer, pretrain a text encoder and save both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    tokenizer = build_tokenizer(arguments.root / "tokenizer")
    torch.manual_seed(0)
    encoder = build_text_encoder(tokenizer, TEXT_WIDTH)
    history = pretrain(encoder, tokenizer, arguments.steps)
    for step in range(99, len(history), 100):
        print(step + 1, f"{sum(history[step - 99 : step + 1]) / 100:.4f}", flush=True)
    torch.save(encoder.state_dict(), arguments.root / "text_encoder.pt")


if __name__ == "__main__":
    main()
