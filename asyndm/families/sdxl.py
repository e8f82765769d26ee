"""SDXL: Stable Diffusion's UNet, told pooled text and sizes beside the prompt."""

from collections.abc import Sequence
from typing import Any

import torch

from asyndm.clip_skip import check_clip_skip
from asyndm.families.family import EncodedPrompt
from asyndm.families.sd import StableDiffusion
from asyndm.request import Request


class StableDiffusionXL(StableDiffusion):
    """A UNet that attends to the text of two CLIP encoders, joined token by token."""

    def encode(
        self, prompt: str, negative: str | None, *, guided: bool, clip_skip: int = 0
    ) -> EncodedPrompt:
        """Embeddings of the layer before the last, and the pooled text of the second encoder."""
        check_clip_skip(self.pipeline, clip_skip)
        encoded = self._encoded(prompt, negative, guided=guided, clip_skip=clip_skip or None)
        return EncodedPrompt.joined(encoded, guided=guided)

    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """Pooled text and sizes (arXiv:2307.01952, section 2.2).

        The picture is asked for as a whole picture of its size: original and target size are that
        size, cropped at (0, 0), as diffusers' pipeline does it by default.
        """
        del request
        texts = torch.cat([prompt.pooled for prompt in prompts if prompt.pooled is not None])
        sizes = torch.tensor([[height, width, 0, 0, height, width]])
        sizes = sizes.to(texts).repeat(len(texts), 1)
        return {"added_cond_kwargs": {"text_embeds": texts, "time_ids": sizes}}
