"""Which concavity every latent pixel follows: from what was painted, and from attention."""

from collections.abc import Sequence

import torch
from torch import Tensor

from asyndm.attention_maps import token_masks
from asyndm.mask_smoothing import MaskSmoothing
from asyndm.masks import (
    attended_concavity,
    combined_concavity,
    painted_area,
    painted_concavity,
    to_tokens,
)
from asyndm.minimum_area import cleaned_masks
from asyndm.object_times import timed_regions, word_concavities
from asyndm.plan import RunPlan
from asyndm.words import Word


class Steering:
    """Decides the concavity of each transition of a run.

    Args:
        plan: the resolved request.
        words: object words that the network sees; with none attention has no say.

    Attributes:
        area: bool (h, w), what the regions touch; whole tokens of a transformer.
        attention: sum of the attention maps seen so far, (K, h, w), or None.
    """

    def __init__(self, plan: RunPlan, words: Sequence[Word]) -> None:
        info, request = plan.info, plan.request
        regions = timed_regions(request, attends=bool(words))
        self._plan = plan
        # Within the painted regions a word without a concavity of its own takes theirs.
        usual = 1.0 if plan.mask_source == "intersection" else request.concavity
        self._word_w = [usual if w is None else w for w in word_concavities(request, words)]
        self._painted = painted_concavity(regions, info.latent_factor, plan.latent_shape)
        area = painted_area(regions, info.latent_factor, plan.latent_shape)
        self.area = to_tokens(area, info.patch)
        self.attention: Tensor | None = None
        self._attended: Tensor | None = None
        self._smoothing = MaskSmoothing(request.mask_smoothing)

    def forget(self) -> None:
        """Begin anew: nothing was seen yet."""
        self._attended = self.attention = None
        self._smoothing = MaskSmoothing(self._plan.request.mask_smoothing)

    def see(self, attention: Tensor) -> None:
        """Take a call's attention (K, h, w); it steers the transition after the next call."""
        self._attended = self._attended_by(self._smoothing.add(attention))
        self.attention = attention if self.attention is None else self.attention + attention

    def fix(self, attention: Tensor) -> None:
        """Let one mask hold for the whole run: that of maps (K, h, w) of another run."""
        self._attended, self.attention = self._attended_by(attention), attention

    def concavity(self) -> Tensor:
        """W of the coming transition, float64 (h, w)."""
        request = self._plan.request
        w = to_tokens(self._wanted(), self._plan.info.patch)
        if request.task == "generate" or request.whole_picture:
            return w
        if request.task == "edit" and not bool(self.area.any()):
            return w  # nothing was painted: all of the picture may change
        return torch.where(self.area, w, 0.0)  # nothing outside is redone, so nothing waits there

    def _wanted(self) -> Tensor:
        """W by method and mask source, wherever it is."""
        request, source = self._plan.request, self._plan.mask_source
        if request.method == "standard":
            return torch.zeros_like(self._painted)
        if source is None:  # method concave
            return torch.full_like(self._painted, request.concavity)
        if source == "painted" or not self._word_w:
            return self._painted  # no object word: attention has nothing to say
        attended = self._attended
        if attended is None:  # all ones is the first mask, of the last word (the authors' code)
            attended = torch.full_like(self._painted, self._word_w[-1])
        return combined_concavity(self._painted, attended, source)

    def _attended_by(self, attention: Tensor) -> Tensor:
        """Eq. 7 and the largest w of the objects at each pixel: (K, h, w) to float64 (h, w)."""
        request = self._plan.request
        masks = token_masks(attention[None], request.threshold)[0]
        return attended_concavity(cleaned_masks(masks, request.minimum_area), self._word_w)
