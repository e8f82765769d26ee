"""Classifier-free guidance: Ho & Salimans, arXiv:2207.12598, eq. 6 as diffusers writes it."""

from torch import Tensor


def is_guided(scale: float) -> bool:
    """Whether a scale needs the unconditional half at all, as diffusers decides it."""
    return scale > 1.0


def guide(prediction: Tensor, scale: float) -> Tensor:
    """Combine the two halves of a doubled batch.

    Args:
        prediction: (2B, C, h, w), unconditional half first.
        scale: guidance scale g; the result is unconditional + g (conditional - unconditional).

    Returns:
        (B, C, h, w).
    """
    unconditional, conditional = prediction.chunk(2)
    return unconditional + scale * (conditional - unconditional)
