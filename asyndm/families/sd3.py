"""Stable Diffusion 3 and 3.5: a transformer with joint attention over image and text tokens."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from asyndm.clip_skip import check_clip_skip
from asyndm.families.family import EncodedPrompt, NetworkInput
from asyndm.families.token_family import TokenFamily
from asyndm.prompt_chunks import Encoder, TextLayout
from asyndm.request import Request

T5_LENGTH = 256
"""Tokens of the T5 encoder that the network sees, as diffusers' pipeline gives them."""


class StableDiffusion3(TokenFamily):
    """Text is 77 tokens of two CLIP encoders side by side, then up to 256 of T5."""

    @property
    def layout(self) -> TextLayout:
        """CLIP's part of the sequence, then T5's, where the prompt stands once more."""
        clip = self.pipeline.tokenizer
        t5 = None if self.pipeline.text_encoder_3 is None else self.pipeline.tokenizer_3
        return TextLayout((Encoder(clip, clip.model_max_length), Encoder(t5, T5_LENGTH)))

    def encode(
        self, prompt: str, negative: str | None, *, guided: bool, clip_skip: int = 0
    ) -> EncodedPrompt:
        """Embeddings of all three encoders in one sequence, and CLIP's pooled text."""
        check_clip_skip(self.pipeline, clip_skip)
        encoded = self.pipeline.encode_prompt(
            prompt,
            None,
            None,
            device=self.pipeline._execution_device,
            do_classifier_free_guidance=guided,
            negative_prompt=negative,
            clip_skip=clip_skip or None,
            max_sequence_length=T5_LENGTH,
        )
        return EncodedPrompt.joined(encoded, guided=guided)

    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """The pooled text."""
        del request, height, width
        pooled = [prompt.pooled for prompt in prompts if prompt.pooled is not None]
        return {"pooled_projections": torch.cat(pooled)}

    def time_map(self, t: Tensor, dtype: torch.dtype) -> Tensor:
        """Timesteps of the tokens, 0 to 1000; the four pixels of a token have the same."""
        del dtype
        return t[:: self.patch, :: self.patch]

    def predict(self, latents: Tensor, t: Tensor, given: NetworkInput) -> Tensor:
        """One call of the transformer."""
        transformer, count = self.pipeline.transformer, len(given.embeddings)
        output: Tensor = transformer(
            hidden_states=latents.expand(count, -1, -1, -1).to(given.embeddings.dtype),
            timestep=t.to(latents.device).expand(count),
            encoder_hidden_states=given.embeddings,
            return_dict=False,
            **given.arguments,
        )[0]
        return output
