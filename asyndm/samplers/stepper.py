"""What a sampler's step is, to the denoising loop."""

from collections.abc import Callable

from torch import Tensor

from asyndm.timestep_map import Moment

Ask = Callable[[Tensor, Moment], Tensor]
"""(latents, moment) -> the guided prediction there: a further call, of samplers of second order."""
Stepper = Callable[[Tensor, Tensor, Moment, Moment, Tensor | None, Ask], tuple[Tensor, Tensor]]
"""(latents, prediction, now, next, noise, ask) -> next latents, and the clean ones implied."""
