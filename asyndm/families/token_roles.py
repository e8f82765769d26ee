r"""Which modules of which transformer play which part in per-token time: data, class by class.

Roles are regular expressions of whole module names. Only classes whose forward was read and whose
equality with a computation token by token is tested have an entry; SANA and PixArt, for example,
rewrite the embedding inside their blocks and do not fit.
"""

from dataclasses import dataclass

_BLOCK = r"transformer_blocks\.\d+\."


@dataclass(frozen=True)
class Roles:
    """The parts of one model class; an empty expression matches no module.

    Attributes:
        image: Linears that modulate image tokens.
        text: Linears that modulate text tokens.
        joint: Linears that modulate the sequence [text, image].
        lead: Linears that modulate a sequence that begins with the image.
        per_sample: embedders whose output is added to the time embedding, one row a sample.
        indexed_blocks: blocks told by an argument ``modulate_index`` which tokens are clean; the
            table then has a second half for these, at the timestep of clean tokens.
        patch: latent pixels per token along a side, if the model is given latents (.., H, W);
            0 if it is given tokens (B, N, C).
        clean: timestep of a clean token.
        sample: name of the argument with the latents or tokens.
        timestep: name of the argument with the timestep.
    """

    image: str = ""
    text: str = ""
    joint: str = ""
    lead: str = ""
    per_sample: str = ""
    indexed_blocks: str = ""
    patch: int = 0
    clean: float = 0.0
    sample: str = "hidden_states"
    timestep: str = "timestep"


SD3 = Roles(
    image=_BLOCK + r"norm1\.linear|norm_out\.linear",
    text=_BLOCK + r"norm1_context\.linear",
    per_sample=r"time_text_embed\.text_embedder",
    patch=2,
)
"""Stable Diffusion 3 and 3.5; also ``norm1.linear`` of the blocks with dual attention."""

FLUX = Roles(
    image=_BLOCK + r"norm1\.linear|norm_out\.linear",
    text=_BLOCK + r"norm1_context\.linear",
    joint=r"single_transformer_blocks\.\d+\.norm\.linear",
    per_sample=r"time_text_embed\.(text_embedder|guidance_embedder)",
)
"""FLUX.1 dev, schnell, Fill and Kontext."""

FLUX2 = Roles(
    image=r"double_stream_modulation_img\.linear|norm_out\.linear",
    text=r"double_stream_modulation_txt\.linear",
    joint=r"single_stream_modulation\.linear",
    per_sample=r"time_guidance_embed\.guidance_embedder",
)
"""FLUX.2: all blocks share one modulation."""

QWEN_IMAGE = Roles(
    image=_BLOCK + r"img_mod\.1|norm_out\.linear",
    text=_BLOCK + r"txt_mod\.1",
    per_sample=r"time_text_embed\.addition_t_embedding",
    indexed_blocks=_BLOCK.removesuffix(r"\."),
)
"""Qwen-Image, -Edit, and -Edit-2511 (``zero_cond_t``: reference tokens are clean)."""

Z_IMAGE = Roles(
    lead=r"(noise_refiner|layers)\.\d+\.adaLN_modulation\.0"
    r"|all_final_layer\.[^.]+\.adaLN_modulation\.1",
    patch=2,
    clean=1.0,
    sample="x",
    timestep="t",
)
"""Z-Image: lists of samples, [image, caption] in every block, time from 0 (noise) to 1."""
