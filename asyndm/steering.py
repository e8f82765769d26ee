"""Which concavity every latent pixel follows: from what was painted, and from attention."""

import torch
from torch import Tensor

from asyndm.attention_maps import token_masks
from asyndm.masks import combined_concavity, painted_area, painted_concavity, to_tokens
from asyndm.plan import RunPlan


class Steering:
    """Decides the concavity of each transition of a run.

    Args:
        plan: the resolved request.
        attends: whether attention has a say: the prompt has object words that the network sees.

    Attributes:
        area: bool (h, w), what the regions touch; whole tokens of a transformer.
        attention: sum of the attention maps seen so far, (K, h, w), or None.
    """

    def __init__(self, plan: RunPlan, *, attends: bool) -> None:
        info, regions = plan.info, plan.request.regions
        self._plan, self._attends = plan, attends
        self._painted = painted_concavity(regions, info.latent_factor, plan.latent_shape)
        area = painted_area(regions, info.latent_factor, plan.latent_shape)
        self.area = to_tokens(area, info.patch)
        self.attention: Tensor | None = None
        self._mask: Tensor | None = None

    def forget(self) -> None:
        """Begin anew: nothing was seen yet."""
        self._mask = self.attention = None

    def see(self, attention: Tensor) -> None:
        """Take a call's attention (K, h, w); it steers the transition after the next call."""
        self._mask = self._mask_of(attention)
        self.attention = attention if self.attention is None else self.attention + attention

    def fix(self, attention: Tensor) -> None:
        """Let one mask hold for the whole run: that of maps (K, h, w) of another run."""
        self._mask, self.attention = self._mask_of(attention), attention

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
        if source != "painted" and not self._attends:
            return self._painted  # no object word: attention has nothing to say
        return combined_concavity(self._painted, self._mask, request.concavity, source)

    def _mask_of(self, attention: Tensor) -> Tensor:
        """Eq. 7 over all object words: (K, h, w) to bool (h, w)."""
        return token_masks(attention[None], self._plan.request.threshold)[0].any(dim=0)
