"""CLIP skip: text embeddings of an earlier layer than the one a model was made with.

It counts as diffusers does: 0 is the layer that the model takes, the last one for Stable Diffusion
1.x and 2.x, the last but one for XL and 3; 1 is one layer earlier. Other tools call the last layer
"CLIP skip 1". The negative prompt keeps the model's own layer, as in diffusers' pipelines.
"""

from typing import Any

from torch import Tensor

from asyndm.errors import RequestError


def check_clip_skip(pipeline: Any, clip_skip: int) -> None:
    """See that the encoders have a layer so far from their end.

    Args:
        pipeline: of Stable Diffusion 1.x, 2.x, XL or 3.
        clip_skip: layers to leave out, at least 0.

    Raises:
        RequestError: an encoder has fewer layers.
    """
    first, second = pipeline.text_encoder, getattr(pipeline, "text_encoder_2", None)
    # Models with two encoders take the last layer but one of both.
    most = min(
        encoder.config.num_hidden_layers - (second is not None)
        for encoder in (first, second)
        if encoder is not None
    )
    if clip_skip > most:
        raise RequestError(
            f"The text encoder of the model has too few layers for a CLIP skip of {clip_skip}; "
            f"choose {most} or less."
        )


def earlier_layer(pipeline: Any, prompt: str, clip_skip: int) -> Tensor:
    """Embeddings of a Stable Diffusion 1.x or 2.x pipeline from an earlier layer.

    This is what ``encode_prompt(..., clip_skip=...)`` of diffusers 0.42 means to do; with
    transformers 5 it fails, because ``CLIPTextModel`` no longer has a ``text_model``. The pipelines
    of SDXL and SD 3 are not concerned.

    Args:
        pipeline: on its device.
        prompt: the text.
        clip_skip: layers to leave out, at least 1.

    Returns:
        (1, L, D), through the final layer norm.
    """
    tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder
    tokens = tokenizer(
        pipeline.maybe_convert_prompt(prompt, tokenizer),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).to(pipeline._execution_device)
    masked = getattr(encoder.config, "use_attention_mask", False)
    states = encoder(
        tokens.input_ids,
        attention_mask=tokens.attention_mask if masked else None,
        output_hidden_states=True,
    ).hidden_states
    norm = getattr(encoder, "text_model", encoder).final_layer_norm
    layer: Tensor = norm(states[-(clip_skip + 1)])
    return layer
