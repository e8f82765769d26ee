"""Stable Diffusion 1.x and 2.x, with or without an inpainting network."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from asyndm.attention_maps import AttentionMaps
from asyndm.clip_skip import check_clip_skip, earlier_layer
from asyndm.families.family import EncodedPrompt, Family, Maps, NetworkInput, Watched
from asyndm.prompt_chunks import Encoder, TextLayout
from asyndm.request import Request


class StableDiffusion(Family):
    """A UNet that attends to the text of one CLIP encoder."""

    takes_embeddings: ClassVar[bool] = True

    @property
    def layout(self) -> TextLayout:
        """Chunks of CLIP's tokens."""
        tokenizer = self.pipeline.tokenizer
        return TextLayout((Encoder(tokenizer, tokenizer.model_max_length),), chunked=True)

    def encode(
        self, prompt: str, negative: str | None, *, guided: bool, clip_skip: int = 0
    ) -> EncodedPrompt:
        """Embeddings of the last layer, or of an earlier one."""
        check_clip_skip(self.pipeline, clip_skip)
        own = earlier_layer(self.pipeline, prompt, clip_skip) if clip_skip else None
        positive, unconditional = self._encoded(prompt, negative, guided=guided, prompt_embeds=own)
        return EncodedPrompt(torch.cat([unconditional, positive]) if guided else positive)

    def _encoded(
        self, prompt: str, negative: str | None, *, guided: bool, **more: Any
    ) -> tuple[Any, ...]:
        encoded: tuple[Any, ...] = self.pipeline.encode_prompt(
            prompt,
            device=self.pipeline._execution_device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=guided,
            negative_prompt=negative,
            **more,
        )
        return encoded

    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """None."""
        del prompts, request, height, width
        return {}

    def maps(self, watched: Watched) -> Maps:
        """From the cross-attention at one resolution."""
        return AttentionMaps(
            self.network,
            watched.positions,
            divisor=watched.divisor,
            guided=watched.guided,
            others=watched.others,
        )

    def time_map(self, t: Tensor, dtype: torch.dtype) -> Tensor:
        """The timesteps themselves."""
        del dtype
        return t

    def predict(self, latents: Tensor, t: Tensor, given: NetworkInput) -> Tensor:
        """One call of the UNet."""
        unet = self.pipeline.unet
        inputs = latents if given.beside is None else torch.cat([latents, given.beside], dim=1)
        inputs = inputs.expand(len(given.embeddings), -1, -1, -1)
        output: Tensor = unet(
            inputs.to(given.embeddings.dtype),
            t.to(latents.device),
            encoder_hidden_states=given.embeddings,
            return_dict=False,
            **given.arguments,
        )[0]
        return output
