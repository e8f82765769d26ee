"""Attention maps that change less from step to step.

The masks of eq. 7 (arXiv:2510.04504) are taken anew from each call's attention, and pixels near the
threshold flicker between in and out. An exponential moving average of the maps holds them still:

    B_i = share * B_(i-1) + (1 - share) * A_i / mean(A_i),   B_0 = A_0 / mean(A_0)

Each map is divided by its mean over the picture first, so that every call counts alike and eq. 7
means the same on B as on A. The maps are averaged and not the masks made of them: how far a pixel
is from the threshold counts too, so a clear change gets through at once, and noise does not.
"""

from torch import Tensor

_TINY = 1e-12  # below any mean of probabilities; keeps a map of zeros from dividing by zero


class MaskSmoothing:
    """The moving average of one run.

    Args:
        share: of the past, in [0, 1); 0 gives each map back as it is.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._average: Tensor | None = None

    def add(self, attention: Tensor) -> Tensor:
        """Take the maps of a call.

        Args:
            attention: float (K, h, w).

        Returns:
            What the masks are to be made of, (K, h, w).
        """
        if self._share == 0:
            return attention
        scaled = attention / attention.mean(dim=(-2, -1), keepdim=True).clamp(min=_TINY)
        if self._average is None:
            self._average = scaled
        else:
            self._average = self._average.lerp(scaled, 1 - self._share)
        return self._average
