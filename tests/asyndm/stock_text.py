"""What the pipelines' own ``encode_prompt`` makes of a text, and how its sequence is laid out."""

from collections.abc import Callable
from typing import Any

import torch

from asyndm.clip_skip import earlier_layer
from asyndm.families.family import EncodedPrompt
from asyndm.prompt_chunks import Encoder, TextLayout


def clip_layout(pipeline: Any) -> TextLayout:
    length = pipeline.tokenizer.model_max_length
    return TextLayout((Encoder(pipeline.tokenizer, length),), chunked=True)


def stock_encoder(
    pipeline: Any, *, guided: bool, clip_skip: int = 0, **more: Any
) -> Callable[[str, str | None], EncodedPrompt]:
    """Unconditional half first; of a Stable Diffusion pipeline of any version."""

    @torch.no_grad()
    def encode(prompt: str, negative: str | None) -> EncodedPrompt:
        own = clip_skip and not hasattr(pipeline, "text_encoder_2")
        positive, unconditional, *pooled = pipeline.encode_prompt(
            prompt,
            device=pipeline.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=guided,
            negative_prompt=negative,
            prompt_embeds=earlier_layer(pipeline, prompt, clip_skip) if own else None,
            clip_skip=None if own else clip_skip or None,
            **more,
        )
        embeddings = torch.cat([unconditional, positive]) if guided else positive
        if not pooled:
            return EncodedPrompt(embeddings)
        return EncodedPrompt(embeddings, torch.cat([pooled[1], pooled[0]]) if guided else pooled[0])

    return encode
