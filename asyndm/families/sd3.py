"""Stable Diffusion 3 and 3.5: a transformer with joint attention over image and text tokens."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from asyndm.clip_skip import check_clip_skip
from asyndm.families.family import EncodedPrompt, Family, Maps, NetworkInput, Positions
from asyndm.joint_attention import JointAttentionMaps
from asyndm.prompt_chunks import Encoder, TextLayout
from asyndm.request import Request

T5_LENGTH = 256
"""Tokens of the T5 encoder that the network sees, as diffusers' pipeline gives them."""


class StableDiffusion3(Family):
    """Text is 77 tokens of two CLIP encoders side by side, then up to 256 of T5."""

    patch: ClassVar[int] = 2

    @property
    def network(self) -> nn.Module:
        """The transformer."""
        transformer: nn.Module = self.pipeline.transformer
        return transformer

    @property
    def input_channels(self) -> int:
        """Of the latents."""
        channels: int = self.pipeline.transformer.config.in_channels
        return channels

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
        positive, negative_text, pooled, negative_pooled = self.pipeline.encode_prompt(
            prompt,
            None,
            None,
            device=self.pipeline._execution_device,
            do_classifier_free_guidance=guided,
            negative_prompt=negative,
            clip_skip=clip_skip or None,
            max_sequence_length=T5_LENGTH,
        )
        if not guided:
            return EncodedPrompt(positive, pooled)
        return EncodedPrompt(
            torch.cat([negative_text, positive]), torch.cat([negative_pooled, pooled])
        )

    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """The pooled text."""
        del request, height, width
        pooled = [prompt.pooled for prompt in prompts if prompt.pooled is not None]
        return {"pooled_projections": torch.cat(pooled)}

    def maps(
        self,
        positions: Sequence[Positions],
        grid: tuple[int, int],
        *,
        divisor: int,
        guided: bool,
        others: int,
    ) -> Maps:
        """From the joint attention of all layers."""
        tokens = (grid[0] // divisor, grid[1] // divisor)
        return JointAttentionMaps(self.network, positions, tokens, guided=guided, others=others)

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
